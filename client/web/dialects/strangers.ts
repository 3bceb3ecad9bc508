import { speak } from './page.ts'

speak({
  path: '/ws/strangers',
  write: (text) => text,
  read(frame) {
    const { type, msg }: { type: string; msg: string } = JSON.parse(frame)
    return type === 'chat' ? `Stranger: ${msg}` : msg
  },
  noEcho: true,
})
