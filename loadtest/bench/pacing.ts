/** How many of `messages` are due `elapsedMs` after the first, at an even pace. */
export function due(elapsedMs: number, perSecond: number, messages: number): number {
  return Math.min(messages, Math.floor((elapsedMs / 1_000) * perSecond) + 1)
}

/** Who says message `k`: the rooms take turns, and within a room its members. */
export function speakerOf<T>(k: number, rooms: readonly (readonly T[])[]): T {
  const room = rooms[k % rooms.length]!
  return room[Math.floor(k / rooms.length) % room.length]!
}
