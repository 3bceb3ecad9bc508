import { speak } from './page.ts'

speak({ path: '/ws', write: (text) => text, read: (frame) => frame })
