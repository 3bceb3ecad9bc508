/** Finds the name that a text mentions, in a time that does not depend on how many names there are. */
export class MentionIndex {
  /** By length, the longest first: the names in lower case. */
  readonly #byLength: [length: number, names: Set<string>][]

  constructor(names: readonly string[]) {
    const byLength = new Map<number, Set<string>>()
    for (const name of names) {
      const group = byLength.get(name.length) ?? new Set()
      byLength.set(name.length, group.add(name.toLocaleLowerCase()))
    }
    this.#byLength = [...byLength].sort(([one], [other]) => other - one)
  }

  /** The length of the longest name that stands whole in `text` at `from`, in any case; 0 when none does. */
  match(text: string, from: number): number {
    for (const [length, names] of this.#byLength) {
      const end = from + length
      if (names.has(text.slice(from, end).toLocaleLowerCase()) && !continues(text, end)) return length
    }
    return 0
  }
}

const indexes = new WeakMap<readonly string[], MentionIndex>()

/** One index for each list of names: a page shows hundreds of messages with the same one. */
export function mentionIndex(names: readonly string[]): MentionIndex {
  const known = indexes.get(names)
  if (known) return known
  const index = new MentionIndex(names)
  indexes.set(names, index)
  return index
}

/** Whether the word goes on there. */
const continues = (text: string, at: number): boolean => /^[\p{L}\p{N}_]/u.test(text.slice(at, at + 2))
