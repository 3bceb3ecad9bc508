/** Length in Unicode code points, the unit of the protocol's limits (`length` counts UTF-16 code units). */
export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
