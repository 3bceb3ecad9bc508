/**
 * The first JSON value of a text, if that is an object or null. Text after it is ignored, as by Go's encoding/json when
 * it reads one value of a stream. Undefined if the text starts with anything else.
 */
export function firstJsonValue(text: string): string | undefined {
  const start = /^[ \t\r\n]*/.exec(text)![0].length
  if (text.startsWith('null', start)) return 'null'
  if (text[start] !== '{') return undefined
  let [depth, inString] = [0, false]
  for (let at = start; at < text.length; at++) {
    const char = text[at]
    if (inString) {
      if (char === '\\') at++
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) return text.slice(start, at + 1)
  }
  return undefined
}
