import type { Status } from '../../protocol/people.ts'

const PRECEDENCE: readonly Status[] = ['busy', 'online', 'away']

/** The status of a user with several connections: busy if any is busy, else online if any is online, else away. */
export function combinedStatus(statuses: Iterable<Status>): Status {
  const present = new Set(statuses)
  return PRECEDENCE.find((status) => present.has(status)) ?? 'online'
}
