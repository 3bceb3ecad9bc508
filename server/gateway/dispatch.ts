import type { Logger } from 'pino'
import { type CommandName, commands, type Input, type Output } from '../../protocol/commands.ts'
import { type Answer, type Fault, faults } from '../../protocol/faults.ts'
import { FaultError, unavailable } from '../domain/fault-error.ts'
import { formatZodError } from '../domain/format-zod-error.ts'
import type { Journal } from '../domain/journal.ts'
import type { Limits } from '../domain/limits.ts'
import type { Rate } from '../domain/token-bucket.ts'
import type { NodeMetrics } from '../metrics.ts'
import { commandCost } from './command-costs.ts'
import type { Connection } from './connection.ts'

/** One function per command: its input is already true, and what it returns is the answer. */
export type Handlers = {
  [C in CommandName]: (input: Input<C>, connection: Connection) => DispatchTarget<Output<C>>
}
type DispatchTarget<T> = T | Promise<T | AfterAck<T>>

/** An answer that is made in the very tick in which it is sent, so that nothing can come between. */
export class AfterAck<T> {
  constructor(readonly make: () => T) {}
}

interface Deps {
  handlers: Handlers
  limits: Limits
  rates: { appends: Rate; commands: Rate }
  metrics: NodeMetrics
  journal: Journal
  log: Logger
}

/** The one place where a command becomes an answer: exactly one, whatever happens; none where nobody asked for one. */
export function dispatcher({ handlers, limits, rates, metrics, journal, log }: Deps) {
  return async function answer(connection: Connection, name: unknown, args: unknown[]): Promise<void> {
    const ack = typeof args.at(-1) === 'function' ? (args.pop() as (answer: Answer<unknown>) => void) : () => {}
    const { inbound } = connection
    const fault = exceeded(name, connection)
    if (fault) {
      metrics.refused(fault.code)
      return ack({ ok: false, fault })
    }
    const end = inbound.begin()
    try {
      const command = known(name)
      const input = parse(command, args)
      const room = roomOf(input)
      if (connection.isSettling(room)) await connection.settled(room)
      const handler = handlers[command] as (input: unknown, connection: Connection) => DispatchTarget<unknown>
      const value = await handler(input, connection)
      ack({ ok: true, value: value instanceof AfterAck ? value.make() : value })
    } catch (error) {
      const faultError = error instanceof FaultError ? error : surprise(error, name, connection)
      metrics.refused(faultError.code)
      ack({ ok: false, fault: faultError.fault })
    } finally {
      end()
    }
  }

  /** Takes what the command costs from its budget; returns the fault when there is not enough left. */
  function exceeded(name: unknown, connection: Connection): Fault | undefined {
    const { inbound, user, address, rooms } = connection
    if (!appending.has(name)) {
      const cost = commandCost(name, rooms.size)
      const wait = inbound.commands.take(performance.now(), cost)
      if (wait > 0) return { ...TOO_FAST, retryInMs: inbound.refuse(wait, rates.commands) }
      inbound.charge(cost - 1)
      return undefined
    }
    try {
      limits.takeAppend(user.id, address)
      return undefined
    } catch (error) {
      if (!(error instanceof FaultError)) throw error
      return { ...error.fault, retryInMs: inbound.refuse(error.retryInMs ?? 0, rates.appends) }
    }
  }

  function surprise(error: unknown, command: unknown, { way, user }: Connection): FaultError {
    journal.record({ kind: 'error', way, user: user.id, reason: `${command}: ${error}` })
    log.error({ err: error, command }, 'a command failed unexpectedly')
    return unavailable('Something went wrong here, and was noted. Try again.')
  }
}

/** One object for all: a refusal must cost less than what it refuses. */
const TOO_FAST = {
  code: 'rate_limited',
  message: 'That was too much at once. Slow down.',
  retryable: faults.rate_limited.retryable,
} as const

/** socket.io-parser takes numbers for names as well, and events without any. */
function known(name: unknown): CommandName {
  if (typeof name !== 'string') throw new FaultError('unknown_command', 'The name of a command is a text.')
  if (Object.hasOwn(commands, name)) return name as CommandName
  throw new FaultError('unknown_command', `There is no command ${JSON.stringify(name.slice(0, 40))}.`)
}

const appending: ReadonlySet<unknown> = new Set(
  Object.entries(commands).flatMap(([name, command]) => ('appends' in command ? [name] : [])),
)

const roomOf = (input: unknown): string => (input as { room?: string }).room ?? ''

function parse(command: CommandName, args: unknown[]): unknown {
  if (args.length > 1) throw new FaultError('bad_input', `${command} takes one object and an acknowledgement.`)
  const { success, data, error } = commands[command].input.safeParse(args[0] ?? {})
  if (!success) throw new FaultError('bad_input', formatZodError(error))
  return data
}
