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
  /** Undefined: polling first, then an upgrade. */
  transports?: Transport[]
  /** Left out: a terminal shows some, a pipe none. */
  history?: number
  json: boolean
  fresh: boolean
  timeoutMs: number
  clients: number
  /** Messages a second of each client. */
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

const PEOPLE_A_ROOM = 10

/** Throws an Ending that names every problem, a sentence each. */
export function readArguments(argv: string[], env: NodeJS.ProcessEnv): Arguments {
  const problems: string[] = []
  const { values, positionals } = parse(argv)
  const [mode = 'chat', ...rest] = positionals
  if (!isMode(mode)) problems.push(`There is no "${mode}": it is demo, stress, or neither.`)
  if (rest.length > 0) problems.push(`"${rest.join(' ')}" belongs to no flag; a name with spaces needs quotes.`)

  const number = (name: 'history' | 'timeout' | 'clients' | 'rate' | 'seconds' | 'rooms', from: number, to: number) => {
    const text = values[name] ?? ''
    const whole = name !== 'rate' && name !== 'timeout' && name !== 'seconds'
    const fits = (whole ? /^\d+$/ : /^\d+(\.\d+)?$/).test(text) && Number(text) >= from && Number(text) <= to
    if (!fits) problems.push(`--${name} is a ${whole ? 'whole ' : ''}number from ${from} to ${to}, not "${text}".`)
    return Number(text)
  }
  const clients = number('clients', 2, 10_000)
  const read: Arguments = {
    mode: isMode(mode) ? mode : 'chat',
    help: values.help,
    url: address(values.url ?? env.HUBBUB_URL ?? 'http://localhost:8080', problems),
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
    stressRooms: values.rooms === undefined ? Math.ceil(clients / PEOPLE_A_ROOM) : number('rooms', 1, clients),
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

export function transports(word: string, problems: string[]): Transport[] | undefined {
  if (word === 'websocket' || word === 'polling') return [word]
  if (word !== 'auto') problems.push(`The transport is websocket, polling or auto, not "${word}".`)
  return undefined
}

function address(text: string, problems: string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/') return url.origin
  problems.push(`--url is an address such as http://localhost:8080, without a path, not "${text}".`)
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
