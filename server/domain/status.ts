import type { Status } from '../../protocol/people.ts'

const liveliest: readonly Status[] = ['busy', 'online', 'away']

/** One person, several connections: busy if any says so, else online if any is, else away. */
export function oneStatus(wishes: Iterable<Status>): Status {
  const said = new Set(wishes)
  return liveliest.find((status) => said.has(status)) ?? 'online'
}
