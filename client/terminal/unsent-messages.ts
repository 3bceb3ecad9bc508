import type { ChatClient } from '../sdk/client.ts'
import { visible } from './visible.ts'

/** Waits up to `ms` until all commands are acknowledged. Resolves with those that are not, as the user typed them. */
export async function unsentMessages(chat: ChatClient, rooms: readonly string[], ms: number): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined
  const timedOut = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  if (chat.waiting > 0) await Promise.race([timedOut, chat.next('waiting', (waiting) => waiting === 0)])
  clearTimeout(timer)
  return rooms
    .flatMap((room) => chat.pendingCommands(room))
    .map(({ command, input }) => {
      if (command === 'message:send') return visible(input.text)
      const what = command === 'message:edit' ? ` ${input.text}` : command === 'message:react' ? ` ${input.emoji}` : ''
      return visible(`/${command.replace('message:', '')} ${input.seq}${what}`)
    })
}
