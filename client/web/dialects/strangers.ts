import { startDialectPage } from './page.ts'

startDialectPage({
  path: '/ws/strangers',
  encode: (text) => text,
  decode(frame) {
    const { type, msg }: { type: string; msg: string } = JSON.parse(frame)
    return type === 'chat' ? `Stranger: ${msg}` : msg
  },
  noEcho: true,
})
