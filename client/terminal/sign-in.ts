import { ChatClient } from '../sdk/client.ts'
import type { ChatFault } from '../sdk/fault.ts'
import type { Arguments } from './arguments.ts'
import { ExitError, exitCode } from './exit-code.ts'
import { TokenFile } from './token-file.ts'
import { visible } from './visible.ts'

/** A client that is the same guest again, unless a fresh one is wanted. */
export function guest({ url, name, transports, fresh }: Arguments): ChatClient {
  const storage = new TokenFile(url, name, process.env)
  if (fresh) storage.removeItem()
  return new ChatClient({ url, name, transports, storage })
}

/** Resolves when a session is there. Throws an Ending when that takes too long, or is refused. */
export async function connect(
  chat: ChatClient,
  { url, timeoutMs }: Pick<Arguments, 'url' | 'timeoutMs'>,
  say: (sentence: string) => void = () => {},
): Promise<void> {
  let late: NodeJS.Timeout | undefined
  let off = () => {}
  try {
    await new Promise<void>((resolve, reject) => {
      const nobody = `Nobody answered at ${url} within ${timeoutMs / 1_000} s: is Hubbub running there? "npm start" begins one.`
      late = setTimeout(() => reject(new ExitError(nobody, exitCode.noConnection)), timeoutMs)
      off = chat.on('state', ({ state, fault }) => {
        if (state === 'syncing' || state === 'live') return resolve()
        if (state !== 'refused' || !fault) return
        if (!isOutdated(fault)) return reject(accessDenied(fault))
        say('The token from last time is not accepted any more, so you are a new guest.')
        queueMicrotask(() => chat.connect())
      })
      chat.connect()
    })
  } catch (error) {
    chat.close()
    throw error
  } finally {
    clearTimeout(late)
    off()
  }
}

/** The SDK has forgotten the token by now, and comes by name the next time. */
const isOutdated = ({ code }: ChatFault) => code === 'unauthorized' || code === 'token_expired'

export const accessDenied = (fault: ChatFault): ExitError =>
  new ExitError(`Not let in: ${visible(fault.message)} (${fault.code})`, exitCode.notLetIn)
