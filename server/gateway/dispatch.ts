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

/** One function per command. Its input is validated; its result is the value of the acknowledgement. */
export type Handlers = {
  [C in CommandName]: (input: Input<C>, connection: Connection) => HandlerResult<Output<C>>
}
type HandlerResult<T> = T | Promise<T | LazyResult<T>>

/**
 * A result that is computed in the tick in which the acknowledgement is sent, so that no event is emitted in between.
 */
export class LazyResult<T> {
  constructor(readonly compute: () => T) {}
}

interface Deps {
  handlers: Handlers
  limits: Limits
  rates: { appends: Rate; commands: Rate }
  metrics: NodeMetrics
  journal: Journal
  log: Logger
}

/** Runs a command and acks it exactly once, also on errors. Without an ack callback the result is discarded. */
export function dispatcher({ handlers, limits, rates, metrics, journal, log }: Deps) {
  return async function dispatch(connection: Connection, name: unknown, args: unknown[]): Promise<void> {
    const ack = typeof args.at(-1) === 'function' ? (args.pop() as (result: Answer<unknown>) => void) : () => {}
    const { inbound } = connection
    const fault = takeFromBudget(name, connection)
    if (fault) {
      metrics.refused(fault.code)
      return ack({ ok: false, fault })
    }
    const finished = inbound.startCommand()
    try {
      const command = parseName(name)
      const input = parse(command, args)
      const room = roomOf(input)
      if (connection.isChangingMembership(room)) await connection.membershipChanged(room)
      const handler = handlers[command] as (input: unknown, connection: Connection) => HandlerResult<unknown>
      const value = await handler(input, connection)
      ack({ ok: true, value: value instanceof LazyResult ? value.compute() : value })
    } catch (error) {
      const faultError = error instanceof FaultError ? error : unexpected(error, name, connection)
      metrics.refused(faultError.code)
      ack({ ok: false, fault: faultError.fault })
    } finally {
      finished()
    }
  }

  /** Takes the cost of the command from its rate limit. Returns the fault when the limit is exceeded. */
  function takeFromBudget(name: unknown, connection: Connection): Fault | undefined {
    const { inbound, user, address, rooms } = connection
    if (!appendCommands.has(name)) {
      const cost = commandCost(name, rooms.size)
      const waitMs = inbound.commands.take(performance.now(), cost)
      if (waitMs > 0) return { ...TOO_FAST, retryInMs: inbound.refuse(waitMs, rates.commands) }
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

  function unexpected(error: unknown, command: unknown, { way, user }: Connection): FaultError {
    journal.record({ kind: 'error', way, user: user.id, reason: `${command}: ${error}` })
    log.error({ err: error, command }, 'a command failed unexpectedly')
    return unavailable('Internal server error. It has been logged. Try again.')
  }
}

/** One shared object: a rejected command must cost less CPU time than a processed one. */
const TOO_FAST = {
  code: 'rate_limited',
  message: 'Too many commands. Wait a moment, then try again.',
  retryable: faults.rate_limited.retryable,
} as const

/** socket.io-parser also accepts events with a number as their name, and events without a name. */
function parseName(name: unknown): CommandName {
  if (typeof name !== 'string') throw new FaultError('unknown_command', 'Command name must be a string.')
  if (Object.hasOwn(commands, name)) return name as CommandName
  throw new FaultError(
    'unknown_command',
    `Unknown command ${JSON.stringify(name.slice(0, 40))}. See protocol/commands.ts for the list.`,
  )
}

const appendCommands: ReadonlySet<unknown> = new Set(
  Object.entries(commands).flatMap(([name, command]) => ('appends' in command ? [name] : [])),
)

const roomOf = (input: unknown): string => (input as { room?: string }).room ?? ''

function parse(command: CommandName, args: unknown[]): unknown {
  if (args.length > 1) throw new FaultError('bad_input', `${command} takes one object and an acknowledgement callback.`)
  const { success, data, error } = commands[command].input.safeParse(args[0] ?? {})
  if (!success) throw new FaultError('bad_input', formatZodError(error))
  return data
}
