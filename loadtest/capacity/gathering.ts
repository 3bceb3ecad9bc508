import { FANOUT_BUSY_WINDOWS, FANOUT_WINDOW_MS } from '../../protocol/limits.ts'

/**
 * Packets that a room's entries leave in, per entry, when they come at random at this rate. What a packet holds depends
 * on those before. In a busy room the next entry waits for a whole window, if it comes before the room counts as silent;
 * in a quiet one what comes within the window of the last packet waits for its end, and what comes later leaves alone. A
 * packet of several makes a room busy, and two of one in a row, or silence, make it quiet.
 */
export function packetsPerEntry(messagesPerSecond: number, windowMs = FANOUT_WINDOW_MS): number {
  const perWindow = (messagesPerSecond * windowMs) / 1_000
  const noneInWindow = Math.exp(-perWindow)
  const beforeSilence = 1 - Math.exp(-FANOUT_BUSY_WINDOWS * perWindow)
  // How often what follows a packet is a packet of several: in a busy room, and in a quiet one.
  const severalBusy = beforeSilence * (1 - noneInWindow)
  const severalQuiet = 1 - noneInWindow - perWindow * noneInWindow
  const afterOne = beforeSilence * noneInWindow
  // Packets that go out in a busy room, and in a quiet one, in proportion.
  const busy = (1 + afterOne) * severalQuiet
  const quiet = 1 - beforeSilence + afterOne * (1 - severalBusy)
  const entries = busy * (1 + beforeSilence * perWindow) + quiet * (perWindow + noneInWindow)
  return (busy + quiet) / entries
}

/** What one node paid for a delivery, measured at one rate of one room. */
export interface DeliveryPoint {
  messagesPerSecond: number
  microsPerDelivery: number
}

/** In CPU microseconds: a write to one connection, and each entry in it. */
export interface DeliveryCost {
  perPacket: number
  perEntry: number
}

/**
 * The two costs that come nearest to all points: microsPerDelivery = packetsPerEntry × perPacket + perEntry. Relative
 * errors are weighed, so that the cheap deliveries count as much as the dear ones. Neither cost is below zero.
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
  // One rate alone cannot tell the two apart: a write is nearly all of it.
  const perPacket = determinant > 1e-9 * pp * ee ? (p * ee - e * pe) / determinant : p / pp
  const perEntry = determinant > 1e-9 * pp * ee ? (e * pp - p * pe) / determinant : 0
  if (perEntry < 0) return { perPacket: p / pp, perEntry: 0 }
  if (perPacket < 0) return { perPacket: 0, perEntry: e / ee }
  return { perPacket, perEntry }
}

export const microsPerDelivery = (cost: DeliveryCost, messagesPerSecond: number): number =>
  packetsPerEntry(messagesPerSecond) * cost.perPacket + cost.perEntry
