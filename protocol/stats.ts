import { z } from 'zod'

/** The stats of one node, updated every second. */
export const NodeStats = z.object({
  node: z.string(),
  connections: z.number(),
  websocket: z.number(),
  polling: z.number(),
  /** Rooms that have a connection on this node. */
  rooms: z.number(),
  /** Entries that this node appended since it started. */
  accepted: z.number(),
  /** Entries handed to connections since it started: one entry to ten connections counts ten. */
  delivered: z.number(),
  /** Accepted entries a second, over the last second. */
  acceptedPerSecond: z.number(),
  /** Event-loop delay over the last second, 99th percentile, milliseconds. */
  loopDelayMs: z.number(),
  rssBytes: z.number(),
  uptimeMs: z.number(),
})
export type NodeStats = z.infer<typeof NodeStats>

/** Totals of all nodes over all restarts, as shown by /report. */
export const ClusterTotals = z.object({
  /** When counting began, Unix milliseconds. */
  since: z.number(),
  connections: z.number(),
  disconnects: z.number(),
  /** Pairs of strangers. */
  matches: z.number(),
  messages: z.number(),
  errors: z.number(),
  bytesIn: z.number(),
  bytesOut: z.number(),
  deliveries: z.number(),
})

export const ClusterStats = z.object({
  connections: z.number(),
  accepted: z.number(),
  delivered: z.number(),
  acceptedPerSecond: z.number(),
  /** Absent in answers of older servers. */
  totals: ClusterTotals.optional(),
  nodes: z.array(NodeStats),
})
export type ClusterStats = z.infer<typeof ClusterStats>
