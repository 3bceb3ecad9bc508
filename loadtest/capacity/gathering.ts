import { FANOUT_BUSY_WINDOWS, FANOUT_WINDOW_MS } from '../../protocol/limits.ts'

/**
 * Packets per entry of a room when entries arrive as a Poisson process with this rate. A packet's content depends on
 * the preceding ones. In a busy room, the next entry waits for a whole window if it arrives before the room counts as
 * silent; in a quiet room, entries within the window of the last packet wait for its end, and later ones leave
 * immediately. A packet of several entries makes a room busy; two single-entry packets in a row, or silence, make it
 * quiet.
 */
export function packetsPerEntry(messagesPerSecond: number, windowMs = FANOUT_WINDOW_MS): number {
  const perWindow = (messagesPerSecond * windowMs) / 1_000
  const noneInWindow = Math.exp(-perWindow)
  const beforeSilence = 1 - Math.exp(-FANOUT_BUSY_WINDOWS * perWindow)
  // Probability that the next packet contains several entries, in a busy and in a quiet room.
  const severalBusy = beforeSilence * (1 - noneInWindow)
  const severalQuiet = 1 - noneInWindow - perWindow * noneInWindow
  const afterOne = beforeSilence * noneInWindow
  // Packets sent in a busy and in a quiet room, in proportion.
  const busy = (1 + afterOne) * severalQuiet
  const quiet = 1 - beforeSilence + afterOne * (1 - severalBusy)
  const entries = busy * (1 + beforeSilence * perWindow) + quiet * (perWindow + noneInWindow)
  return (busy + quiet) / entries
}

/** A node's cost per delivery, measured at one rate of one room. */
export interface DeliveryPoint {
  messagesPerSecond: number
  microsPerDelivery: number
}

/** CPU microseconds of a write to one connection, and of each entry in it. */
export interface DeliveryCost {
  perPacket: number
  perEntry: number
}

/**
 * Least-squares fit of both costs: microsPerDelivery = packetsPerEntry × perPacket + perEntry. It minimizes relative
 * errors, so that cheap deliveries weigh as much as expensive ones. Neither cost is negative.
 */
export function fitDelivery(points: DeliveryPoint[]): DeliveryCost {
  if (points.length === 0) return { perPacket: 0, perEntry: 0 }
  const rows = points.map(({ messagesPerSecond, microsPerDelivery }) => ({
    packets: packetsPerEntry(messagesPerSecond) / microsPerDelivery,
    entries: 1 / microsPerDelivery,
  }))
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0)
  const [pp, pe, ee] = [sum((r) => r.packets ** 2), sum((r) => r.packets * r.entries), sum((r) => r.entries ** 2)]
  const [p, e] = [sum((r) => r.packets), sum((r) => r.entries)]
  const determinant = pp * ee - pe ** 2
  // A single rate cannot separate the two costs; the write dominates.
  const perPacket = determinant > 1e-9 * pp * ee ? (p * ee - e * pe) / determinant : p / pp
  const perEntry = determinant > 1e-9 * pp * ee ? (e * pp - p * pe) / determinant : 0
  if (perEntry < 0) return { perPacket: p / pp, perEntry: 0 }
  if (perPacket < 0) return { perPacket: 0, perEntry: e / ee }
  return { perPacket, perEntry }
}

export const microsPerDelivery = (cost: DeliveryCost, messagesPerSecond: number): number =>
  packetsPerEntry(messagesPerSecond) * cost.perPacket + cost.perEntry
