/** Load on a cluster. */
export interface Workload {
  connections: number
  roomsPerConnection: number
  membersPerRoom: number
  /** Per connection, all rooms together. */
  messagesPerMinute: number
  /** Size of an entry as JSON. */
  entryBytes: number
  /** Average session length, which determines arrivals and departures. */
  sessionMinutes: number
  /** Messages stored in a room's log. */
  keptPerRoom: number
  /** Largest room that must not affect others. */
  busiestRoom: { members: number; messagesPerSecond: number }
  tls: boolean
  /** Availability zones; one of them may be lost. */
  zones: number
}

/** A chat that users keep open all day: five rooms of fifty members, one message every two minutes per user. */
export const USUAL: Omit<Workload, 'connections'> = {
  roomsPerConnection: 5,
  membersPerRoom: 50,
  messagesPerMinute: 0.5,
  entryBytes: 250,
  sessionMinutes: 30,
  keptPerRoom: 1_000,
  busiestRoom: { members: 5_000, messagesPerSecond: 10 },
  tls: true,
  zones: 3,
}

/** Limits of machines and their kernels. */
export interface Limits {
  /** Files that one process may have open (`ulimit -n`). */
  files: number
  /** Ports from one address to one address and port: 32768–60999 unless ip_local_port_range differs. */
  ports: number
  /** Share of a core that a node, an nginx worker or a Redis process may use. */
  busy: number
  /** Memory of one node process; larger heaps make garbage collection slower. */
  nodeBytes: number
  /** Memory of one Redis process; a fork to rewrite the append-only file may need the same again. */
  redisBytes: number
  /** Connections that one Redis accepts (`maxclients`). */
  redisClients: number
  workersPerEdge: number
  /** Link of one machine in bits per second, half of which may be used. */
  linkBits: number
}

export const GIB = 2 ** 30

export const USUAL_LIMITS: Limits = {
  files: 20_000,
  ports: 28_232,
  busy: 0.5,
  nodeBytes: 1.5 * GIB,
  redisBytes: 8 * GIB,
  redisClients: 10_000,
  workersPerEdge: 4,
  linkBits: 10e9,
}
