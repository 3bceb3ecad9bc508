import { speak } from './page.ts'

/** The first frame says who we are; the server does not ask. */
let username: string | undefined

speak({
  path: '/ws/json',
  write: (content) => JSON.stringify({ content, username }),
  read(frame) {
    const said: { content: string; username: string } = JSON.parse(frame)
    username ??= said.username
    return `${said.username}: ${said.content}`
  },
})
