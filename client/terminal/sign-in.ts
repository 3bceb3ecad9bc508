import { ChatClient } from '../sdk/client.ts'
import type { ChatFault } from '../sdk/fault.ts'
import type { Arguments } from './arguments.ts'
import { ExitError, exitCode } from './exit-code.ts'
import { TokenFile } from './token-file.ts'
import { visible } from './visible.ts'

/** A client that signs in with the stored token, unless `fresh` is set. */
export function guest({ url, name, transports, fresh }: Arguments): ChatClient {
  const storage = new TokenFile(url, name, process.env)
  if (fresh) storage.removeItem()
  return new ChatClient({ url, name, transports, storage })
}

/** Resolves when connected. Throws an ExitError on a timeout, or when access is denied. */
export async function connect(
  chat: ChatClient,
  { url, timeoutMs }: Pick<Arguments, 'url' | 'timeoutMs'>,
  print: (sentence: string) => void = () => {},
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let off = () => {}
  try {
    await new Promise<void>((resolve, reject) => {
      const noResponse = `No response from ${url} within ${timeoutMs / 1_000} s. Is Hubbub running there? Start it with "npm start".`
      timer = setTimeout(() => reject(new ExitError(noResponse, exitCode.noConnection)), timeoutMs)
      off = chat.on('state', ({ state, fault }) => {
        if (state === 'syncing' || state === 'live') return resolve()
        if (state !== 'refused' || !fault) return
        if (!isOutdated(fault)) return reject(accessDenied(fault))
        print('Your session has expired. Signing in as a new guest.')
        queueMicrotask(() => chat.connect())
      })
      chat.connect()
    })
  } catch (error) {
    chat.close()
    throw error
  } finally {
    clearTimeout(timer)
    off()
  }
}

/** The SDK has already discarded the token, and signs in by name on the next attempt. */
const isOutdated = ({ code }: ChatFault) => code === 'unauthorized' || code === 'token_expired'

export const accessDenied = (fault: ChatFault): ExitError =>
  new ExitError(`Access denied: ${visible(fault.message)} (${fault.code})`, exitCode.accessDenied)
