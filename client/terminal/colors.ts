/** Functions that wrap a text in color codes. */
export interface Colors {
  /** A user's name, always in the same color for the same user id. */
  name(id: string, text: string): string
  dim(text: string): string
  bold(text: string): string
  warn(text: string): string
  bad(text: string): string
  good(text: string): string
}

const plain = (text: string) => text
export const noColors: Colors = {
  name: (_, text) => text,
  dim: plain,
  bold: plain,
  warn: plain,
  bad: plain,
  good: plain,
}

// Readable on black and on white backgrounds.
const PALETTE_256 = [31, 33, 35, 61, 64, 67, 70, 96, 97, 99, 130, 132, 133, 136, 137, 162, 166, 168, 169, 172]
const PALETTE_16 = [32, 33, 34, 35, 36, 92, 94, 95, 96]

/** Colors if `out` is a terminal that supports them and NO_COLOR is not set. */
export function colorsFor(out: NodeJS.WriteStream): Colors {
  const depth = out.isTTY ? out.getColorDepth() : 1
  if (depth < 4) return noColors
  const wrap = (on: string, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`
  return {
    name: (id, text) =>
      depth < 8
        ? wrap(`${PALETTE_16[hash(id) % PALETTE_16.length]}`, 39)(text)
        : wrap(`38;5;${PALETTE_256[hash(id) % PALETTE_256.length]}`, 39)(text),
    dim: wrap('2', 22),
    bold: wrap('1', 22),
    warn: wrap('33', 39),
    bad: wrap('31', 39),
    good: wrap('32', 39),
  }
}

/** FNV-1a, 32 bits. */
function hash(id: string): number {
  let sum = 0x811c9dc5
  for (const char of id) sum = Math.imul(sum ^ char.charCodeAt(0), 0x01000193) >>> 0
  return sum
}
