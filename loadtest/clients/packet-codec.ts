import type { SystemName } from '../systems/systems.ts'

export type Transport = 'websocket' | 'polling'
/** `upgraded`: starts with long-polling and upgrades, as stock clients do. */
export type TransportMode = Transport | 'upgraded'

/** The meaning of a packet to a client that joins, sends, and counts messages. */
export type Packet =
  | { is: 'opening' }
  | { is: 'connected' }
  | { is: 'ping' }
  | { is: 'delivery' }
  | { is: 'answer'; id: number; ok: boolean }
  | { is: 'refusal' }
  | { is: 'other' }

/** Encodes and decodes the packets of one system under test. */
export interface Dialect {
  path(transport: Transport): string
  /** Sent when the transport opens; undefined if the server sends the first packet. */
  first?: (room: string) => string
  /** Response to `opening`. */
  connect(name: string): string
  /** Its response has the id 0. */
  join(room: string): string
  send(room: string, text: string, id: number): string
  read(bytes: Buffer, start: number, end: number): Packet
}

export const dialectOf = (name: SystemName): Dialect => (name === 'hubbub' ? hubbub : name === 'bare' ? bare : plain)

const [opening, connected, ping, delivery, refusal, other] = (
  ['opening', 'connected', 'ping', 'delivery', 'refusal', 'other'] as const
).map((is) => ({ is })) as [Packet, Packet, Packet, Packet, Packet, Packet]

const ZERO = 0x30
const code = (character: string) => character.charCodeAt(0)

/** The first character is the Engine.IO packet type; in messages, the second is the Socket.IO packet type. */
function socketIo(
  deliveryEvent: string,
  staleEvent: string | undefined,
  encoders: Pick<Dialect, 'join' | 'send'>,
): Dialect {
  const first = code(deliveryEvent)
  return {
    ...encoders,
    path: (transport) => `/socket.io/?EIO=4&transport=${transport}`,
    connect: (name) => `40${JSON.stringify({ name })}`,
    read(bytes, start, end) {
      const engine = bytes[start]! - ZERO
      if (engine === 0) return opening
      if (engine === 2) return ping
      if (engine !== 4) return other
      const type = bytes[start + 1]! - ZERO
      // 42["name", …
      if (type === 2) {
        if (bytes[start + 4] === first) return delivery
        return staleEvent && bytes.toString('latin1', start + 4, start + 4 + staleEvent.length) === staleEvent
          ? refusal
          : other
      }
      if (type === 3) return answered(bytes.toString('latin1', start + 2, end))
      return type === 0 ? connected : refusal
    },
  }
}

function answered(text: string): Packet {
  return { is: 'answer', id: Number.parseInt(text, 10), ok: text.includes('"ok":true') }
}

const hubbub = socketIo('entries', 'room:stale', {
  join: (room) => `420["room:join",{"room":"${room}"}]`,
  send: (room, text, id) => `42${id}["message:send",{"room":"${room}","text":"${text}","clientId":"${id}"}]`,
})

const plain = socketIo('message', undefined, {
  join: (room) => `420["join","${room}"]`,
  send: (room, text, id) => `42${id}["send",{"room":"${room}","text":"${text}"}]`,
})

const bare: Dialect = {
  path: () => '/',
  first: (room) => bare.join(room),
  connect: () => '',
  join: (room) => `{"join":"${room}"}`,
  send: (room, text, id) => `{"room":"${room}","text":"${text}","id":${id}}`,
  read(bytes, start, end) {
    const letter = bytes[start + 2]
    if (letter === code('r')) return delivery
    if (letter === code('j')) return { is: 'answer', id: 0, ok: true }
    const id = Number.parseInt(bytes.toString('latin1', start + 6, end), 10)
    return { is: 'answer', id, ok: true }
  },
}
