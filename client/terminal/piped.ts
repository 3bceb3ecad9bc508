import { createInterface } from 'node:readline'
import type { Entry } from '../../protocol/entry.ts'
import type { ChatClient } from '../sdk/client.ts'
import { asFault } from '../sdk/fault.ts'
import type { Arguments } from './arguments.ts'
import { type ExitCode, exitCode } from './exit-code.ts'
import { shortened } from './format.ts'
import { plainLine } from './plain-line.ts'
import { accessDenied, connect, guest } from './sign-in.ts'
import { unsentMessages } from './unsent-messages.ts'
import { visible, visibleJson } from './visible.ts'

/** Backpressure: reading stops while this many messages are unacknowledged. */
const MAX_PENDING = 500
const QUOTED_CHARS = 60

/** Pipeline mode: sends each line of stdin as a message, and prints each entry as a line. */
export async function piped(args: Arguments): Promise<ExitCode> {
  const chat = guest(args)
  const [room] = args.rooms as [string]
  const sentMessages = new SentMessages()
  const shutdown = shutdownSignal()
  listen(chat, args, (entries) => sentMessages.received(room, entries))
  const off = watchConnection(chat, shutdown.end)
  await connect(chat, args, printError)
  try {
    await Promise.all(args.rooms.map((each) => chat.join(each)))
  } catch (error) {
    off()
    chat.close()
    throw accessDenied(asFault(error))
  }

  const lines = createInterface({ input: process.stdin, terminal: false })
  shutdown.signal.addEventListener('abort', () => lines.close())
  for await (const line of lines) {
    if (shutdown.signal.aborted) break
    if (line.trim() === '') continue
    while (chat.waiting >= MAX_PENDING && !shutdown.signal.aborted)
      await Promise.race([chat.next('waiting'), shutdown.ended])
    sentMessages.add(chat.send(room, line), line)
  }
  const unsent = await unsentMessages(chat, args.rooms, args.timeoutMs)
  if (unsent.length === 0) await sentMessages.allReceived(args.timeoutMs)
  const { fault } = chat.state
  off()
  chat.close()
  for (const text of unsent) printError(`Not sent: ${shortened(text, QUOTED_CHARS)}`)
  if (fault) return exitCode.accessDenied
  return sentMessages.refused + unsent.length > 0 ? exitCode.failed : exitCode.ok
}

const printError = (sentence: string) => process.stderr.write(`${visible(sentence)}\n`)

/** Tracks sent messages: whether they were acknowledged, and received as entries. */
class SentMessages {
  refused = 0
  #acknowledged = 0
  #received = 0
  #onReceived = () => {}

  add(sending: Promise<Entry>, text: string): void {
    sending.then(
      ({ seq }) => {
        this.#acknowledged = Math.max(this.#acknowledged, seq)
      },
      (error) => {
        const { retryable, message } = asFault(error)
        // Messages that were pending when the client was closed are reported as unsent.
        if (retryable) return
        this.refused++
        printError(`Not sent: ${shortened(text, QUOTED_CHARS)} (${message})`)
      },
    )
  }

  received(room: string, entries: readonly Entry[]): void {
    this.#received = Math.max(this.#received, ...entries.filter((entry) => entry.room === room).map(({ seq }) => seq))
    this.#onReceived()
  }

  /** Resolves when the last acknowledged message was printed, or after `ms`. */
  async allReceived(ms: number): Promise<void> {
    // Let the acknowledgement's promise callback run first.
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#received >= this.#acknowledged) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#onReceived = () => {
        if (this.#received < this.#acknowledged) return
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Prints received entries; of the entries before the join, only the last `--history`. */
function listen(
  chat: ChatClient,
  { rooms, json, history = 0 }: Arguments,
  onEntries: (entries: Entry[]) => void,
): void {
  const known = new Set<string>()
  const held = new Map<string, Entry[]>()
  const print = (entries: readonly Entry[]) => {
    const line = (entry: Entry) =>
      json ? visibleJson(entry) : plainLine(entry, rooms.length > 1 ? entry.room : undefined)
    if (entries.length > 0) process.stdout.write(entries.map((entry) => `${line(entry)}\n`).join(''))
  }
  chat.on('entries', ({ room, entries }) => {
    if (known.has(room)) print(entries)
    else held.set(room, [...(held.get(room) ?? []), ...entries])
    onEntries(entries)
  })
  // The first page is emitted just before.
  chat.on('joined', ({ room }) => {
    if (known.has(room)) return
    known.add(room)
    if (history > 0) print((held.get(room) ?? []).slice(-history))
    held.delete(room)
  })
}

function watchConnection(chat: ChatClient, end: () => void): () => void {
  let lost = false
  return chat.on('state', ({ state, node, fault }) => {
    if (state === 'offline' && !lost && chat.user) {
      lost = true
      printError('Connection lost. Input is queued until it is back.')
    }
    if (state === 'live' && lost) {
      lost = false
      printError(`Reconnected to ${node}.`)
    }
    if (state === 'refused' && fault && chat.user) {
      printError(`Access denied: ${fault.message}`)
      end()
    }
  })
}

/** Aborts on a signal, or when stdout is closed. */
function shutdownSignal() {
  const shutdown = new AbortController()
  const ended = new Promise((resolve) => shutdown.signal.addEventListener('abort', resolve))
  const end = () => shutdown.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
  process.stdout.on('error', end)
  return { signal: shutdown.signal, ended, end }
}
