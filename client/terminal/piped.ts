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

/** No more of the input than this is held while it waits to be said. */
const WAITING_MOST = 500
const QUOTED_CHARS = 60

/** Part of a pipeline: each line that comes in is a message, each entry that is heard is a line. */
export async function piped(args: Arguments): Promise<ExitCode> {
  const chat = guest(args)
  const [room] = args.rooms as [string]
  const said = new Said()
  const over = overBy()
  listen(chat, args, (entries) => said.heard(room, entries))
  const off = hearConnection(chat, over.end)
  await connect(chat, args, complain)
  try {
    await Promise.all(args.rooms.map((each) => chat.join(each)))
  } catch (error) {
    off()
    chat.close()
    throw accessDenied(asFault(error))
  }

  const lines = createInterface({ input: process.stdin, terminal: false })
  over.signal.addEventListener('abort', () => lines.close())
  for await (const line of lines) {
    if (over.signal.aborted) break
    if (line.trim() === '') continue
    while (chat.waiting >= WAITING_MOST && !over.signal.aborted) await Promise.race([chat.next('waiting'), over.ended])
    said.add(chat.send(room, line), line)
  }
  const unsent = await unsentMessages(chat, args.rooms, args.timeoutMs)
  if (unsent.length === 0) await said.allHeard(args.timeoutMs)
  const { fault } = chat.state
  off()
  chat.close()
  for (const text of unsent) complain(`Not sent: ${shortened(text, QUOTED_CHARS)}`)
  if (fault) return exitCode.notLetIn
  return said.refused + unsent.length > 0 ? exitCode.lost : exitCode.fine
}

const complain = (sentence: string) => process.stderr.write(`${visible(sentence)}\n`)

/** What we said: how it ended, and whether it came back as an entry. */
class Said {
  refused = 0
  #acknowledged = 0
  #heard = 0
  #told = () => {}

  add(sending: Promise<Entry>, text: string): void {
    sending.then(
      ({ seq }) => {
        this.#acknowledged = Math.max(this.#acknowledged, seq)
      },
      (error) => {
        const { retryable, message } = asFault(error)
        // One that the client was closed over is listed among the unsent.
        if (retryable) return
        this.refused++
        complain(`Not sent: ${shortened(text, QUOTED_CHARS)} (${message})`)
      },
    )
  }

  heard(room: string, entries: readonly Entry[]): void {
    this.#heard = Math.max(this.#heard, ...entries.filter((entry) => entry.room === room).map(({ seq }) => seq))
    this.#told()
  }

  /** Our own last message was printed as well, or did not come within `ms`. */
  async allHeard(ms: number): Promise<void> {
    // The acknowledgement's own turn of the loop comes first.
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#heard >= this.#acknowledged) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#told = () => {
        if (this.#heard < this.#acknowledged) return
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Prints what is heard; of what a room held before, only so much as `--history` wants. */
function listen(chat: ChatClient, { rooms, json, history = 0 }: Arguments, heard: (entries: Entry[]) => void): void {
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
    heard(entries)
  })
  // The first page comes just before.
  chat.on('joined', ({ room }) => {
    if (known.has(room)) return
    known.add(room)
    if (history > 0) print((held.get(room) ?? []).slice(-history))
    held.delete(room)
  })
}

function hearConnection(chat: ChatClient, end: () => void): () => void {
  let lost = false
  return chat.on('state', ({ state, node, fault }) => {
    if (state === 'offline' && !lost && chat.user) {
      lost = true
      complain('The connection is lost; what comes in waits.')
    }
    if (state === 'live' && lost) {
      lost = false
      complain(`Connected again, on ${node}.`)
    }
    if (state === 'refused' && fault && chat.user) {
      complain(`Not let in any more: ${fault.message}`)
      end()
    }
  })
}

/** The end of reading: a signal, or nobody reads what we print. */
function overBy() {
  const over = new AbortController()
  const ended = new Promise((resolve) => over.signal.addEventListener('abort', resolve))
  const end = () => over.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
  process.stdout.on('error', end)
  return { signal: over.signal, ended, end }
}
