import { asFault } from '../sdk/fault.ts'
import type { Arguments } from './arguments.ts'
import { subscribe } from './client-events.ts'
import { completer } from './completion.ts'
import { type ExitCode, exitCode } from './exit-code.ts'
import { clock } from './format.ts'
import { InputQueue } from './lines.ts'
import { colorsFor } from './paint.ts'
import { Screen } from './screen.ts'
import { accessDenied, connect, guest } from './sign-in.ts'
import { promptOf, statusLine } from './status-line.ts'
import { ChatSession } from './talk.ts'
import { TypingDetector } from './typing-watch.ts'
import { unsentMessages } from './unsent-messages.ts'
import { visible } from './visible.ts'

const HISTORY_MESSAGES = 20
/** How long leaving waits for what is under way. */
const UNDER_WAY_MS = 3_000
/** What the status line counts by time, such as what waits, is looked at so often. */
const TICK_MS = 1_000

/** Somebody at a terminal. Resolves with the exit code when they leave. */
export async function interactive(args: Arguments): Promise<ExitCode> {
  const { stdin: input, stdout: output } = process
  const chat = guest(args)
  const paint = colorsFor(output)
  const print = (line: string) => (screen ? screen.print(line) : output.write(`${line}\n`))
  const left = leaving()
  let screen: Screen | undefined
  const talk = new ChatSession({
    chat,
    paint,
    history: args.history ?? HISTORY_MESSAGES,
    print,
    changed: () => screen?.changed(),
    end: left.now,
  })
  print(paint.dim(`${clock(Date.now())} · connecting to ${args.url} …`))
  await connect(chat, args, (sentence) => talk.note(sentence))
  subscribe(talk)
  const typing = new TypingDetector((room, on) => chat.typing(room, on))
  const lines = new InputQueue(talk)
  const interrupts = new Interrupts()
  screen = new Screen({
    input,
    output,
    completer: completer(talk),
    bottom: (width) => ({ status: statusLine(talk, width), prompt: promptOf(talk) }),
    typed: (text) => typing.typed(talk.current, text),
    line: (text) => {
      typing.typed(talk.current, '')
      lines.push(text)
    },
    interrupt: () => {
      const cancelled = screen?.cancelLine()
      if (interrupts.twice()) left.now()
      else if (!cancelled) talk.note('Ctrl-C again, Ctrl-D or /exit leaves')
    },
    ended: left.now,
  })
  const tick = setInterval(() => screen?.changed(), TICK_MS)
  // The window was closed: there is nobody to be told.
  output.on('error', left.now)
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => left.now())
  try {
    talk.note(`welcome, ${visible(chat.user?.name ?? '')}; /help says what you can do here`)
    await talk.open(args.rooms[0]!)
    for (const room of args.rooms.slice(1)) await talk.enter(room, 0)
    await left.done
  } catch (error) {
    throw accessDenied(asFault(error))
  } finally {
    clearInterval(tick)
    screen.close()
  }
  const unsent = [...(await unsentMessages(chat, [...talk.rooms.keys()], UNDER_WAY_MS)), ...lines.waiting]
  talk.closing = true
  chat.close()
  for (const text of unsent) output.write(`${paint.bad(`! Not sent: ${text}`)}\n`)
  return talk.failures + unsent.length > 0 ? exitCode.lost : exitCode.fine
}

function leaving() {
  let now = () => {}
  const done = new Promise<void>((resolve) => {
    now = resolve
  })
  return { done, now: () => now() }
}

/** A second Ctrl-C counts as such within this time. */
const TWICE_WITHIN_MS = 2_000

class Interrupts {
  #at = Number.NEGATIVE_INFINITY

  twice(): boolean {
    const before = this.#at
    this.#at = performance.now()
    return this.#at - before < TWICE_WITHIN_MS
  }
}
