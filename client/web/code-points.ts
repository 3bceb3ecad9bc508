/** How long a text is for the limits of the wire: an emoji counts as what it is made of, not as its UTF-16 halves. */
export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
