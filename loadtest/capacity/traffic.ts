import { packetsPerEntry } from './gathering.ts'
import type { Workload } from './workload.ts'

/** Traffic of a workload per second, for the whole cluster and independent of the number of nodes. */
export interface Traffic {
  rooms: number
  messages: number
  /** Messages times members of the room, the sender included. */
  deliveries: number
  /** Writes to connections; several deliveries may share one. */
  packets: number
  arrivals: number
  /** Bytes to clients. */
  clientBytes: number
}

/** TCP and IP with timestamps 52, WebSocket 4, Socket.IO event with room name and epoch 80. */
const PACKET_BYTES = 136
/** A TLS record around a packet. */
const TLS_BYTES = 22

export function traffic(workload: Workload): Traffic {
  const { connections, roomsPerConnection, membersPerRoom, messagesPerMinute, entryBytes, tls } = workload
  const rooms = (connections * roomsPerConnection) / membersPerRoom
  const messages = (connections * messagesPerMinute) / 60
  const deliveries = messages * membersPerRoom
  const packets = deliveries * packetsPerEntry(messages / rooms)
  return {
    rooms,
    messages,
    deliveries,
    packets,
    arrivals: connections / (workload.sessionMinutes * 60),
    clientBytes: deliveries * entryBytes + packets * (PACKET_BYTES + (tls ? TLS_BYTES : 0)),
  }
}

/** Expected number of nodes that host a room when its members are distributed randomly. */
export const hosting = (nodes: number, members: number): number => nodes * (1 - (1 - 1 / nodes) ** members)
