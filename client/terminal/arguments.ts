import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { UserName } from '../../protocol/people.ts'
import { LOBBY, RoomName } from '../../protocol/room.ts'
import type { Transport } from '../sdk/connection.ts'
import { ExitError, exitCode } from './exit-code.ts'

export interface Arguments {
  mode: 'chat' | 'demo' | 'stress'
  help: boolean
  url: string
  name: string
  rooms: string[]
  /** Undefined: long-polling first, then an upgrade. */
  transports?: Transport[]
  /** Undefined: the default of the mode, 20 at a terminal and 0 in a pipe. */
  history?: number
  json: boolean
  fresh: boolean
  timeoutMs: number
  clients: number
  /** Messages per second per client. */
  rate: number
  seconds: number
  stressRooms: number
}

const options = {
  url: { type: 'string' },
  name: { type: 'string' },
  room: { type: 'string', multiple: true },
  transport: { type: 'string', default: 'auto' },
  history: { type: 'string' },
  json: { type: 'boolean', default: false },
  fresh: { type: 'boolean', default: false },
  timeout: { type: 'string', default: '15' },
  clients: { type: 'string', default: '500' },
  rate: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '20' },
  rooms: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const CLIENTS_PER_ROOM = 10

/** Throws an ExitError that lists every problem in the command line, one per line. */
export function readArguments(argv: string[], env: NodeJS.ProcessEnv): Arguments {
  const problems: string[] = []
  const { values, positionals } = parse(argv)
  const [mode = 'chat', ...rest] = positionals
  if (!isMode(mode)) problems.push(`Unknown mode "${mode}": use demo, stress, or no mode to chat.`)
  if (rest.length > 0)
    problems.push(`Unexpected argument "${rest.join(' ')}". Put values that contain spaces in quotes.`)

  const number = (name: 'history' | 'timeout' | 'clients' | 'rate' | 'seconds' | 'rooms', from: number, to: number) => {
    const text = values[name] ?? ''
    const whole = name !== 'rate' && name !== 'timeout' && name !== 'seconds'
    const fits = (whole ? /^\d+$/ : /^\d+(\.\d+)?$/).test(text) && Number(text) >= from && Number(text) <= to
    if (!fits)
      problems.push(`--${name} must be ${whole ? 'an integer' : 'a number'} from ${from} to ${to}, not "${text}".`)
    return Number(text)
  }
  const clients = number('clients', 2, 10_000)
  const read: Arguments = {
    mode: isMode(mode) ? mode : 'chat',
    help: values.help,
    url: parseUrl(values.url ?? env.HUBBUB_URL ?? 'http://localhost:8080', problems),
    name: checked(UserName, values.name ?? userInfo().username, '--name', problems),
    rooms: (values.room ?? [LOBBY]).map((room) => checked(RoomName, room, '--room', problems)),
    transports: transports(values.transport, problems),
    history: values.history === undefined ? undefined : number('history', 0, 200),
    json: values.json,
    fresh: values.fresh,
    timeoutMs: number('timeout', 0.1, 3_600) * 1_000,
    clients,
    rate: number('rate', 0.01, 20),
    seconds: number('seconds', 0.5, 86_400),
    stressRooms: values.rooms === undefined ? Math.ceil(clients / CLIENTS_PER_ROOM) : number('rooms', 1, clients),
  }
  if (problems.length > 0) throw usage(problems.join('\n'))
  return read
}

const isMode = (word: string): word is Arguments['mode'] => word === 'chat' || word === 'demo' || word === 'stress'

const usage = (problem: string) => new ExitError(`${problem}\nSee: npm run chat -- --help`, exitCode.usage)

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true })
  } catch (error) {
    throw usage((error as Error).message)
  }
}

export function transports(name: string, problems: string[]): Transport[] | undefined {
  if (name === 'websocket' || name === 'polling') return [name]
  if (name !== 'auto') problems.push(`The transport must be websocket, polling or auto, not "${name}".`)
  return undefined
}

function parseUrl(text: string, problems: string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/') return url.origin
  problems.push(`--url must be an address such as http://localhost:8080, without a path, not "${text}".`)
  return text
}

interface Schema {
  safeParse(value: string): { success: boolean; data?: string; error?: { issues: { message: string }[] } }
}

function checked(schema: Schema, text: string, flag: string, problems: string[]): string {
  const { data, error } = schema.safeParse(text)
  if (error) problems.push(`${flag} "${text}" ${error.issues[0]?.message}.`)
  return data ?? text
}
