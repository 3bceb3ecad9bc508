const SHARDS = 8

/** Spreads keys over a few hash tags. */
export function shardOf(key: string): number {
  let sum = 0
  for (let i = 0; i < key.length; i++) sum += key.charCodeAt(i)
  return sum % SHARDS
}

/**
 * Every key and channel name, once. Braces are Redis Cluster's hash tag: what one script touches together lies in one
 * slot, so a cluster can split rooms, users and leases over its shards.
 */
export function keysUnder(prefix: string) {
  const room = (name: string) => `${prefix}:{${name}}`
  const user = (id: string) => `${prefix}:user:{${id}}`
  const match = `${prefix}:match:{line}`
  const archive = `${prefix}:{journal}`
  return {
    // A room's log.
    /**
     * Hash: epoch, head, first, at (of the newest entry), messages (ever counted), last (the newest message's seq), size
     * ("<bytes> <up to which seq they are counted> <head> <first> <maximum age>" as of the last append that counted).
     */
    meta: (name: string) => `${room(name)}:meta`,
    /** Hash: seq → "<messages up to and including it> <entry JSON>". */
    log: (name: string) => `${room(name)}:log`,
    /**
     * String: which entry a clientId became, as {"seq","at"}, or as the whole entry where version 0.1 wrote it; author
     * and clientId follow. Without them, a list of those of a pair's entries that were trimmed.
     */
    dedupe: (name: string) => `${room(name)}:said:`,
    /** List: the seqs of a message's edits; its seq follows. */
    edits: (name: string) => `${room(name)}:edits:`,
    /** Hash: entries (reactions ever put or taken off), and "<user> <emoji>" of each one that stands; a message's seq follows. */
    reactions: (name: string) => `${room(name)}:reactions:`,
    /** Sharded channel: "entry <epoch> <JSON>", "renewed", "roster". */
    channel: (name: string) => `${room(name)}:channel`,

    // Who is in a room.
    /** Hash: user → "<lease>=<status> <lease>=<status>". */
    members: (name: string) => `${room(name)}:people`,
    /** Hash: user → name. */
    memberNames: (name: string) => `${room(name)}:names`,
    /** Sorted set, all scores 0: the ids of the people, for pages and for the count. */
    memberIds: (name: string) => `${room(name)}:ids`,
    /** Set: whom one lease speaks for. */
    leaseMembers: (name: string, lease: string) => `${room(name)}:lease:${lease}`,

    // The nodes.
    /** Sorted set: lease → when it lapses, on the store's clock. */
    leases: () => `${prefix}:{nodes}:leases`,
    /** Set: leases that lapsed and whose rows are being taken away, late ones included. */
    expired: () => `${prefix}:{nodes}:dying`,
    /** Hash: lease → the node's own account of itself. */
    reports: () => `${prefix}:{nodes}:reports`,
    /** Hash: lease → "configured" or "shared", and the fingerprints of its node's keys; '' when nothing is said of keys. */
    keyStatements: () => `${prefix}:{nodes}:keys`,
    /** Set: the rooms that a lease may have rows in. */
    leaseRooms: (lease: string) => `${prefix}:lease:{${lease}}:rooms`,
    /** Sharded channel on which a node hears itself. */
    tick: (lease: string) => `${prefix}:lease:{${lease}}:tick`,

    // Strangers. There is one line, so all of it lies in one slot, whatever the number of shards.
    /** Sorted set: who waits, by the number that they drew. */
    waitingLine: () => `${match}:waiting`,
    /** String: the number drawn last. */
    ticket: () => `${match}:drawn`,
    /** Hash: name, leases, and in a pair room and with, and news until somebody heard of it; a user's id follows. */
    placePrefix: () => `${match}:place:`,
    /** Set: the people whose place a lease holds; the lease follows. */
    leasePlacesPrefix: () => `${match}:lease:`,
    /** Sharded channel: the people held by a lease whose place others changed; the lease follows. */
    matchChannelPrefix: () => `${match}:news:`,
    /** Hash: the room of a pair that is over, and whose log is yet to be deleted → "<user> <user>". */
    endedPairs: () => `${match}:over`,

    // The journal.
    /** Hash: everything that was ever counted, by name. */
    totals: () => `${archive}:totals`,
    /** Sorted set: a node's incarnation → when it flushed last. */
    flushTimes: () => `${archive}:flushed`,
    /** Hash: incarnation → "<number of its last flush> <its figures then>". */
    flushes: () => `${archive}:flushes`,
    /** String: the number of the newest event. */
    eventNumber: () => `${archive}:events`,
    /** Stream: events, by their number; the kind follows. */
    eventsPrefix: () => `${archive}:events:`,
    /** Hash: "<at> <incarnation>" → sample; "<stepMs>:<at of the first>" follows. */
    seriesPrefix: () => `${archive}:series:`,

    // Rooms and people.
    /** Sorted set, all scores 0: the public rooms. */
    publicRooms: () => `${prefix}:rooms`,
    /** Sorted set: room → the number of its latest change. */
    changedRooms: () => `${prefix}:{rooms}:changed`,
    /** Hash: epoch (random), number (of the newest change), forgotten (the newest number that was trimmed). */
    changeCounter: () => `${prefix}:{rooms}:counter`,
    /** Sorted set, all scores 0: a user's direct rooms. */
    directRooms: (id: string) => `${user(id)}:direct`,
    /** Hash: room → "<epoch> <seq> <messages up to and including it>". */
    readMarks: (id: string) => `${user(id)}:reads`,
    name: (id: string) => `${user(id)}:name`,
    /** Hash: lease → connections. */
    connections: (id: string) => `${user(id)}:connections`,
    /** String: when a bucket of tokens is full again. */
    bucket: (key: string) => `${prefix}:pace:{${key}}`,
    /**
     * String: when a bucket that the nodes reconcile is full again, by its key. Few slots, as one script takes many.
     */
    sharedBucket: (key: string) => `${prefix}:rate:{${shardOf(key)}}:${key}`,
    /** Hash: lease → "<count> <stated at>", by the address. */
    counts: (key: string) => `${prefix}:counts:{${shardOf(key)}}:${key}`,
    secrets: () => `${prefix}:secrets`,
  }
}

export type Keys = ReturnType<typeof keysUnder>
