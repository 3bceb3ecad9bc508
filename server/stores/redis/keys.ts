const SHARDS = 8

/** Distributes keys over a small number of hash tags. */
export function shardOf(key: string): number {
  let sum = 0
  for (let i = 0; i < key.length; i++) sum += key.charCodeAt(i)
  return sum % SHARDS
}

/** What all keys of a room start with. */
export const roomPrefix = (prefix: string, name: string): string => `${prefix}:{${name}}`

/** The rest of the keys that the append script builds. */
export const ROOM_KEYS = { dedupe: ':said:', edits: ':edits:', reactions: ':reactions:', channel: ':channel' } as const

/**
 * All key and channel names. The braces are hash tags of Redis Cluster: keys that one script accesses share a hash
 * slot, so that a cluster can distribute rooms, users and leases over its shards.
 */
export function keysUnder(prefix: string) {
  const room = (name: string) => roomPrefix(prefix, name)
  const user = (id: string) => `${prefix}:user:{${id}}`
  const match = `${prefix}:match:{line}`
  const archive = `${prefix}:{journal}`
  return {
    // Room logs.
    /**
     * Hash: epoch, head, first (oldest seq), at (time of the newest entry), messages (ever appended), last (seq of the
     * newest message), size ("<bytes> <last seq counted> <head> <first> <maximum age>", as of the last append that
     * counted), over (1 after a match has ended).
     */
    meta: (name: string) => `${room(name)}:meta`,
    /** Hash: seq → "<messages up to and including it> <entry JSON>". */
    log: (name: string) => `${room(name)}:log`,
    /**
     * String per (author, clientId), appended as "<author>:<clientId>": the entry that the clientId refers to, as
     * {"seq","at"}, or the whole entry if version 0.1 wrote it. Without a suffix, a list of "<author>:<clientId>" of a
     * match's trimmed entries.
     */
    dedupe: (name: string) => room(name) + ROOM_KEYS.dedupe,
    /** List, with the seq of a message as suffix: the seqs of its edits. */
    edits: (name: string) => room(name) + ROOM_KEYS.edits,
    /**
     * Hash, with the seq of a message as suffix: entries (number of its reaction entries), and a field "<user> <emoji>"
     * per current reaction.
     */
    reactions: (name: string) => room(name) + ROOM_KEYS.reactions,
    /** Sharded channel: "entry <epoch> <JSON>", "renewed", "roster". */
    channel: (name: string) => room(name) + ROOM_KEYS.channel,

    // Users in a room.
    /** Hash: user → "<lease>=<status> <lease>=<status>". */
    members: (name: string) => `${room(name)}:people`,
    /** Hash: user → name. */
    memberNames: (name: string) => `${room(name)}:names`,
    /** Sorted set, all scores 0: user ids, for paging and counting. */
    memberIds: (name: string) => `${room(name)}:ids`,
    /** Set: the users that one lease has in the room. */
    leaseMembers: (name: string, lease: string) => `${room(name)}:lease:${lease}`,

    // Nodes.
    /** Sorted set: lease → expiry on the store's clock. */
    leases: () => `${prefix}:{nodes}:leases`,
    /** Set: expired leases that are being swept, including those that may still receive delayed writes. */
    expired: () => `${prefix}:{nodes}:dying`,
    /** Hash: lease → the node's stats. */
    reports: () => `${prefix}:{nodes}:reports`,
    /**
     * Hash: lease → "configured" or "shared", and the fingerprints of the node's signing keys; '' if it states none.
     */
    keyStatements: () => `${prefix}:{nodes}:keys`,
    /** Set: rooms in which a lease may have rows. */
    leaseRooms: (lease: string) => `${prefix}:lease:{${lease}}:rooms`,
    /** Sharded channel on which a node receives its own ticks. */
    tick: (lease: string) => `${prefix}:lease:{${lease}}:tick`,

    // Matches. There is one waiting line, so all its keys are in one hash slot, however many shards there are.
    /** Sorted set: waiting users by ticket. */
    waitingLine: () => `${match}:waiting`,
    /** String: the last ticket issued. */
    ticket: () => `${match}:drawn`,
    /**
     * Hash, with a user id as suffix: name, leases; in a pair also room and with, and news until the user who waited
     * longer has been notified.
     */
    placePrefix: () => `${match}:place:`,
    /** Set, with a lease as suffix: users whose place the lease holds. */
    leasePlacesPrefix: () => `${match}:lease:`,
    /** Sharded channel, with a lease as suffix: users held by that lease whose place another node changed. */
    matchChannelPrefix: () => `${match}:news:`,
    /** Hash: room of an ended pair whose log is not yet deleted → "<user> <user>". */
    endedPairs: () => `${match}:over`,

    // Journal.
    /** Hash: all-time counters by name. */
    totals: () => `${archive}:totals`,
    /** Sorted set: incarnation of a node → time of its last flush. */
    flushTimes: () => `${archive}:flushed`,
    /** Hash: incarnation → "<number of its last flush> <its figures then>". */
    flushes: () => `${archive}:flushes`,
    /** String: the number of the newest event. */
    eventNumber: () => `${archive}:events`,
    /** Stream, with a kind as suffix: events by number. */
    eventsPrefix: () => `${archive}:events:`,
    /** Hash, with "<stepMs>:<time of the first>" as suffix: "<at> <incarnation>" → sample. */
    seriesPrefix: () => `${archive}:series:`,

    // Rooms and users.
    /** Sorted set, all scores 0: the public rooms. */
    publicRooms: () => `${prefix}:rooms`,
    /** Sorted set: room → the number of its latest change. */
    changedRooms: () => `${prefix}:{rooms}:changed`,
    /** Hash: epoch (random), number (of the newest change), forgotten (number of the newest trimmed change). */
    changeCounter: () => `${prefix}:{rooms}:counter`,
    /** Sorted set, all scores 0: a user's direct rooms. */
    directRooms: (id: string) => `${user(id)}:direct`,
    /** Hash: room → "<epoch> <seq> <messages up to and including it>". */
    readMarks: (id: string) => `${user(id)}:reads`,
    name: (id: string) => `${user(id)}:name`,
    /** Hash: lease → number of connections. */
    connections: (id: string) => `${user(id)}:connections`,
    /** String: Unix time in µs at which the token bucket is full again. */
    bucket: (key: string) => `${prefix}:pace:{${key}}`,
    /**
     * String: like `bucket`, for buckets that nodes reconcile. Few hash slots, since one script run accesses many keys.
     */
    sharedBucket: (key: string) => `${prefix}:rate:{${shardOf(key)}}:${key}`,
    /** Hash: lease → "<count> <set at>", by client address. */
    counts: (key: string) => `${prefix}:counts:{${shardOf(key)}}:${key}`,
    secrets: () => `${prefix}:secrets`,
  }
}

export type Keys = ReturnType<typeof keysUnder>
