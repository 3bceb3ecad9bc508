/** Finds the mentioned name in a time that depends on the number of distinct lengths, not on the number of names. */
export class MentionIndex {
  /** Names in lower case, grouped by length, longest first. */
  readonly #byLength: [length: number, names: Set<string>][]

  constructor(names: readonly string[]) {
    const byLength = new Map<number, Set<string>>()
    for (const name of names) {
      const group = byLength.get(name.length) ?? new Set()
      byLength.set(name.length, group.add(name.toLocaleLowerCase()))
    }
    this.#byLength = [...byLength].sort(([one], [other]) => other - one)
  }

  /** The length of the longest name found at `from` as a whole word, ignoring case; 0 without a match. */
  match(text: string, from: number): number {
    for (const [length, names] of this.#byLength) {
      const end = from + length
      if (names.has(text.slice(from, end).toLocaleLowerCase()) && !continues(text, end)) return length
    }
    return 0
  }
}

const indexes = new WeakMap<readonly string[], MentionIndex>()

/** Cached by array identity, because hundreds of messages are parsed with the same list. */
export function mentionIndex(names: readonly string[]): MentionIndex {
  const known = indexes.get(names)
  if (known) return known
  const index = new MentionIndex(names)
  indexes.set(names, index)
  return index
}

/** True when a word character follows. */
const continues = (text: string, at: number): boolean => /^[\p{L}\p{N}_]/u.test(text.slice(at, at + 2))
