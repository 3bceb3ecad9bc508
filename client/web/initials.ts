const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * The text of an avatar: two initials in Latin, Greek and Cyrillic (“AL” for Ada Lovelace), otherwise the first grapheme
 * cluster, such as a family emoji or a letter with its combining marks.
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
