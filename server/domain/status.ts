import type { Status } from '../../protocol/people.ts'

const PRECEDENCE: readonly Status[] = ['busy', 'online', 'away']

/** One person, several connections: busy if any says so, else online if any is, else away. */
export function combinedStatus(wishes: Iterable<Status>): Status {
  const said = new Set(wishes)
  return PRECEDENCE.find((status) => said.has(status)) ?? 'online'
}
