import { computed, signal } from '@preact/signals'
import type { User } from '../../protocol/people.ts'

/** The signed-in user. */
export const me = signal<User>()
/** The latest known name of each user, by user id. */
export const userNames = signal<ReadonlyMap<string, string>>(new Map())

/** The names that “@Name” can mention, longest first, so that “@Ada Lovelace” is not matched as “@Ada”. */
export const mentionableNames = computed(() =>
  [...new Set(userNames.value.values())].sort((one, other) => other.length - one.length),
)

export function rememberUsers(people: Iterable<User>): void {
  const unknown = [...people].filter(({ id, name }) => userNames.peek().get(id) !== name)
  if (unknown.length === 0) return
  userNames.value = new Map([...userNames.peek(), ...unknown.map(({ id, name }) => [id, name] as const)])
}
