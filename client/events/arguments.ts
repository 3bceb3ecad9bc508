import { parseArgs } from 'node:util'

export const USAGE = `Usage: npm run events -- [demo | chat | stress] [--url URL] [--name NAME]
  demo     two clients exchange every message type of the protocol (default)
  chat     chat: /broadcast <message>, /ping, /exit; any other line is a chat message
  stress   --clients N, --messages M of --bytes B each, at full speed; fails unless every client receives every message

  --url URL       address of the events endpoint (ws://localhost:8080/ws/events)
  --name NAME     your name (Anonymous)
  --clients N     2 to 1,000 (50)
  --messages M    messages per client, 1 to 100,000 (20)
  --bytes B       1 to 15,000 (100)
`

const modes = ['demo', 'chat', 'stress'] as const
export type Mode = (typeof modes)[number]

export interface Arguments {
  mode: Mode
  url: string
  name: string
  clients: number
  messages: number
  bytes: number
}

const options = {
  url: { type: 'string', default: 'ws://localhost:8080/ws/events' },
  name: { type: 'string', default: 'Anonymous' },
  clients: { type: 'string', default: '50' },
  messages: { type: 'string', default: '20' },
  bytes: { type: 'string', default: '100' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Returns undefined for --help. Throws an Error with a message for the user when an argument is invalid. */
export function readArguments(argv: string[]): Arguments | undefined {
  const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true })
  if (values.help) return undefined
  const [mode = 'demo', ...more] = positionals
  if (!modes.includes(mode as Mode) || more.length > 0)
    throw new Error(`Unknown mode "${positionals.join(' ')}": use demo, chat or stress.`)
  if (!URL.canParse(values.url) || !/^wss?:/.test(values.url)) {
    throw new Error(`--url must be an address such as ws://localhost:8765, not ${JSON.stringify(values.url)}.`)
  }
  const integer = (name: 'clients' | 'messages' | 'bytes', least: number, most: number) => {
    const number = /^\d+$/.test(values[name]) ? Number(values[name]) : Number.NaN
    if (number >= least && number <= most) return number
    throw new Error(`--${name} must be an integer from ${least} to ${most}, not ${JSON.stringify(values[name])}.`)
  }
  const { url, name } = values
  const load = { clients: integer('clients', 2, 1_000), messages: integer('messages', 1, 100_000) }
  return { mode: mode as Mode, url, name, ...load, bytes: integer('bytes', 1, 15_000) }
}
