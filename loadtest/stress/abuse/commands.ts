import { masked } from '../../clients/websocket-transport.ts'
import type { Random } from '../../measure/random.ts'

const packet = (id: number | '', name: string, input: object) => `42${id}${JSON.stringify([name, input])}`

/** Packets of a flood: mostly the cheapest, since their number matters, with some expensive and some invalid ones. */
export function floodPackets(random: Random, count: number): string[] {
  return Array.from({ length: count }, () => {
    const chance = random.next()
    if (chance < 0.7) return '421["ping",{}]'
    if (chance < 0.8) return '42["ping"]'
    if (chance < 0.85) return '421["no:such",{}]'
    if (chance < 0.9)
      return packet(1, 'message:send', { room: 'lobby', text: 'flood', clientId: `f${random.below(1e6)}` })
    if (chance < 0.95) return packet(1, 'typing:set', { room: 'lobby', typing: true })
    return packet(1, 'room:list', {})
  })
}

const ROOMS_PER_CONNECTION = 100
const LONG_TEXT = 'x'.repeat(3_900)

/**
 * The most expensive commands at the rate limit: first joins of as many rooms as a connection may have and pages of
 * long messages, then lists, pages, joins and statuses.
 */
export class ExpensiveCommands {
  #n = 0
  #joined = 0

  constructor(
    private readonly random: Random,
    private readonly name: string,
  ) {}

  /** A new session has joined no room. */
  reset(): void {
    this.#joined = 0
  }

  next(): string {
    const { random } = this
    const n = ++this.#n
    if (this.#joined < ROOMS_PER_CONNECTION) {
      const room = this.#joined++ === 0 ? 'pages' : `${this.name}-${this.#joined}`
      return packet(n, 'room:join', { room })
    }
    const chance = random.next()
    if (chance < 0.15) {
      const clientId = `${this.name}-${n}-${random.below(1e9)}`
      return packet(n, 'message:send', { room: 'pages', text: LONG_TEXT, clientId })
    }
    if (chance < 0.4) return packet(n, 'room:list', {})
    if (chance < 0.55) return packet(n, 'status:set', { status: n % 2 === 0 ? 'busy' : 'online' })
    if (chance < 0.7) return packet(n, 'room:join', { room: 'pages' })
    if (chance < 0.85) return packet(n, 'history:read', { room: 'pages', limit: 200 })
    if (chance < 0.95) return packet(n, 'members:read', { room: 'pages' })
    return packet(n, 'stats:get', {})
  }
}

/** A guest that uses every limit fully: long and short messages, reactions, edits, new rooms, statuses. */
export class WorstGuest {
  #n = 0
  #joined = false

  constructor(
    private readonly random: Random,
    private readonly name: string,
  ) {}

  reset(): void {
    this.#joined = false
  }

  next(): string {
    const { random } = this
    const n = ++this.#n
    const room = `crowd-${random.below(20)}`
    if (!this.#joined || random.next() < 0.05) {
      this.#joined = true
      return packet(n, 'room:join', { room: random.next() < 0.9 ? room : `${this.name}-${n}` })
    }
    const clientId = `${this.name}-${n}-${random.below(1e9)}`
    const chance = random.next()
    if (chance < 0.2) {
      const text = random.next() < 0.05 ? LONG_TEXT : `${this.name} says ${n}`
      return packet(n, 'message:send', { room, text, clientId })
    }
    if (chance < 0.28) {
      const seq = 1 + random.below(100)
      return packet(n, 'message:react', { room, seq, emoji: '👍', on: n % 2 === 0, clientId })
    }
    if (chance < 0.3) return packet(n, 'message:edit', { room, seq: 1 + random.below(100), text: 'edited', clientId })
    if (chance < 0.4) return packet(n, 'room:list', {})
    if (chance < 0.5) return packet(n, 'status:set', { status: n % 2 === 0 ? 'busy' : 'online' })
    if (chance < 0.7) return packet(n, 'typing:set', { room, typing: n % 2 === 0 })
    if (chance < 0.8) return packet(n, 'history:read', { room, limit: 200 })
    return packet(n, 'ping', {})
  }
}

const PING = 9
const frame = (text: string) => masked(1, Buffer.from(text))
const ping = masked(PING, Buffer.alloc(0))

/**
 * Frames that each dialect accepts; half of them are no messages: WebSocket pings, requests with a response, empty
 * frames.
 */
export const dialectFrames = {
  'text flood': { path: '/ws', frames: [frame('flood'), ping, frame(''), frame('flood '.repeat(50))] },
  'json flood': {
    path: '/ws/json',
    frames: [frame('{"content":"flood","username":"x"}'), ping, frame('{"content":""}'), frame('{"username":"x"}')],
  },
  'events flood': {
    path: '/ws/events',
    frames: [
      frame('{"type":"ping","timestamp":1}'),
      frame('{"type":"chat","sender":"x","content":"flood"}'),
      frame('{"type":"custom","action":"get_stats"}'),
      frame('{"type":"no such"}'),
      frame('no JSON'),
      ping,
    ],
  },
  'strangers flood': { path: '/ws/strangers', frames: [frame('flood'), ping, frame(''), frame('flood '.repeat(50))] },
} as const
