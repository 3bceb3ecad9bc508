import { startDialectPage } from './page.ts'

startDialectPage({ path: '/ws', encode: (text) => text, decode: (frame) => frame })
