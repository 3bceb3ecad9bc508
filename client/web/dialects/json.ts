import { startDialectPage } from './page.ts'

/** The server assigns the name; the first frame contains it. */
let username: string | undefined

startDialectPage({
  path: '/ws/json',
  encode: (content) => JSON.stringify({ content, username }),
  decode(frame) {
    const message: { content: string; username: string } = JSON.parse(frame)
    username ??= message.username
    return `${message.username}: ${message.content}`
  },
})
