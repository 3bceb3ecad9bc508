/** True if the text contains “@name” as a whole word, ignoring case. */
export function mentions(text: string, name: string): boolean {
  const plain = text.toLocaleLowerCase()
  const sought = `@${name.toLocaleLowerCase()}`
  for (let at = plain.indexOf(sought); at >= 0; at = plain.indexOf(sought, at + 1)) {
    const before = plain.slice(0, at)
    const behind = plain.slice(at + sought.length)
    // “ada@ada.org” and “@Adam” do not mention “Ada”.
    if (!/[\p{L}\p{N}]$/u.test(before) && !/^[\p{L}\p{N}_]/u.test(behind)) return true
  }
  return false
}
