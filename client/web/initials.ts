const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * What stands for a name on an avatar: two initials where letters stand alone, as “AL” for Ada Lovelace; elsewhere the
 * first thing that a reader sees as one, such as a whole family in one emoji, or a letter with its marks.
 */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const [first, last] = [words[0] ?? '', words.length > 1 ? words.at(-1)! : '']
  const letters = [first, last].map((word) => graphemes.segment(word)[Symbol.iterator]().next().value?.segment ?? '')
  const alone = letters.every((letter) =>
    /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]?\p{M}*$/u.test(letter),
  )
  return (alone ? letters.join('') : letters[0]!).toLocaleUpperCase()
}
