/** What a cluster has to carry. */
export interface Workload {
  connections: number
  roomsPerConnection: number
  membersPerRoom: number
  /** Of one connection, in all its rooms together. */
  messagesPerMinute: number
  /** An entry as JSON, on its way to a client. */
  entryBytes: number
  /** How long a session lasts: as many come and go as that means. */
  sessionMinutes: number
  /** How many messages a room's log holds. */
  keptPerRoom: number
  /** The greatest event that must not hurt the others. */
  busiestRoom: { members: number; messagesPerSecond: number }
  tls: boolean
  /** Availability zones; one of them may be lost. */
  zones: number
}

/** A chat that people have open all day: five rooms of fifty, and a message every two minutes from each. */
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

/** What machines and their kernels allow. */
export interface Limits {
  /** Files that one process may have open (`ulimit -n`). */
  files: number
  /** Ports of one address towards one address and port: 32768–60999 unless ip_local_port_range says otherwise. */
  ports: number
  /** Of a core, a node, an nginx worker or a Redis may be busy for this part of the time. */
  busy: number
  /** Memory of one node process: V8 gathers garbage for longer the more lives. */
  nodeBytes: number
  /** Memory of one Redis: a fork to rewrite the append-only file may need as much again. */
  redisBytes: number
  /** Connections that one Redis takes (`maxclients`). */
  redisClients: number
  workersPerEdge: number
  /** Of one machine's link, in bits per second, half of which may be used. */
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
