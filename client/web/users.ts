import { computed, signal } from '@preact/signals'
import type { User } from '../../protocol/people.ts'

/** The signed-in user. */
export const me = signal<User>()
/** The name of every user that was ever mentioned, by user id. */
export const names = signal<ReadonlyMap<string, string>>(new Map())

/** The names that “@Name” may speak to, the longest first, so that “@Ada Lovelace” is not taken for “@Ada”. */
export const people = computed(() => [...new Set(names.value.values())].sort((one, other) => other.length - one.length))

export function mention(people: Iterable<User>): void {
  const unknown = [...people].filter(({ id, name }) => names.peek().get(id) !== name)
  if (unknown.length === 0) return
  names.value = new Map([...names.peek(), ...unknown.map(({ id, name }) => [id, name] as const)])
}
