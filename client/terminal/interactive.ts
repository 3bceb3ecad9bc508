import { asFault } from '../sdk/fault.ts'
import type { Arguments } from './arguments.ts'
import { ChatSession } from './chat-session.ts'
import { subscribe } from './client-events.ts'
import { colorsFor } from './colors.ts'
import { completer } from './completion.ts'
import { type ExitCode, exitCode } from './exit-code.ts'
import { clock } from './format.ts'
import { InputQueue } from './input-queue.ts'
import { Screen } from './screen.ts'
import { accessDenied, connect, guest } from './sign-in.ts'
import { promptOf, statusLine } from './status-line.ts'
import { TypingDetector } from './typing-detector.ts'
import { unsentMessages } from './unsent-messages.ts'
import { visible } from './visible.ts'

const HISTORY_MESSAGES = 20
/** On exit, how long to wait for pending messages. */
const EXIT_TIMEOUT_MS = 3_000
/** Interval for the parts of the status line that depend on time. */
const TICK_MS = 1_000

/** Runs the interactive client. Resolves with the exit code when the user quits. */
export async function interactive(args: Arguments): Promise<ExitCode> {
  const { stdin: input, stdout: output } = process
  const chat = guest(args)
  const colors = colorsFor(output)
  const print = (line: string) => (screen ? screen.print(line) : output.write(`${line}\n`))
  const exit = exitSignal()
  let screen: Screen | undefined
  const session = new ChatSession({
    chat,
    colors,
    history: args.history ?? HISTORY_MESSAGES,
    print,
    changed: () => screen?.changed(),
    end: exit.now,
  })
  print(colors.dim(`${clock(Date.now())} · connecting to ${args.url} …`))
  await connect(chat, args, (sentence) => session.note(sentence))
  subscribe(session)
  const typing = new TypingDetector((room, on) => chat.typing(room, on))
  const inputQueue = new InputQueue(session)
  const interrupts = new Interrupts()
  screen = new Screen({
    input,
    output,
    completer: completer(session),
    bottom: (width) => ({ status: statusLine(session, width), prompt: promptOf(session) }),
    typed: (text) => typing.typed(session.current, text),
    line: (text) => {
      typing.typed(session.current, '')
      inputQueue.push(text)
    },
    interrupt: () => {
      const cancelled = screen?.cancelLine()
      if (interrupts.twice()) exit.now()
      else if (!cancelled) session.note('press Ctrl-C again, press Ctrl-D or type /exit to quit')
    },
    ended: exit.now,
  })
  const tick = setInterval(() => screen?.changed(), TICK_MS)
  // The terminal window was closed.
  output.on('error', exit.now)
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => exit.now())
  try {
    session.note(`signed in as ${visible(chat.user?.name ?? '')}; type /help for commands`)
    await session.open(args.rooms[0]!)
    for (const room of args.rooms.slice(1)) await session.enter(room, 0)
    await exit.done
  } catch (error) {
    throw accessDenied(asFault(error))
  } finally {
    clearInterval(tick)
    screen.close()
  }
  const unsent = [...(await unsentMessages(chat, [...session.rooms.keys()], EXIT_TIMEOUT_MS)), ...inputQueue.waiting]
  session.closing = true
  chat.close()
  for (const text of unsent) output.write(`${colors.bad(`! Not sent: ${text}`)}\n`)
  return session.failures + unsent.length > 0 ? exitCode.failed : exitCode.ok
}

function exitSignal() {
  let now = () => {}
  const done = new Promise<void>((resolve) => {
    now = resolve
  })
  return { done, now: () => now() }
}

/** Two Ctrl-C within this time quit the program. */
const DOUBLE_PRESS_MS = 2_000

class Interrupts {
  #at = Number.NEGATIVE_INFINITY

  twice(): boolean {
    const before = this.#at
    this.#at = performance.now()
    return this.#at - before < DOUBLE_PRESS_MS
  }
}
