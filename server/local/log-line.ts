const COLOURS = [36, 33, 32, 35, 34, 31, 96, 93, 92, 95, 94, 91]
const LEVELS: Record<number, string> = { 40: 'warning', 50: 'error', 60: 'fatal' }

/** Prints lines with the name of their part before them, in a colour of its own at a terminal. */
export function logLine(nodes: number): (part: string, text: string, ours: boolean) => void {
  const width = Math.max('redis'.length, `n${nodes}`.length)
  const coloured = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR
  return (part, said, ours) => {
    const name = part.padEnd(width)
    const shown = ours ? said : readable(part, said)
    if (shown === undefined) return
    const text = shown.replaceAll('\n', `\n${' '.repeat(width)} │ `)
    if (!coloured) return console.log(`${name} │ ${text}`)
    const number = Number(part.replace(/\D/g, ''))
    const colour = number > 0 ? `\x1b[${COLOURS[(number - 1) % COLOURS.length]}m` : '\x1b[2m'
    console.log(`${colour}${name} │\x1b[0m ${ours ? `\x1b[1m${text}\x1b[0m` : text}`)
  }
}

/** A part's line without what the reader knows already; undefined when nothing is left. */
export function readable(part: string, line: string): string | undefined {
  return part === 'redis' ? readableRedisLine(line) : readableNodeLine(line)
}

/** A JSON line of a node: `warning: what happened (field=value)`. Anything else stays as it is. */
function readableNodeLine(line: string): string {
  const entry = parsed(line)
  if (typeof entry?.msg !== 'string') return line
  const { level, time, node, msg, err, ...rest } = entry
  const word = LEVELS[Number(level)]
  const fields = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const stack = (err as { stack?: unknown } | undefined)?.stack
  return [
    `${word ? `${word}: ` : ''}${msg}${fields.length > 0 ? ` (${fields.join(', ')})` : ''}`,
    ...(err === undefined ? [] : [typeof stack === 'string' ? stack : JSON.stringify(err)]),
  ].join('\n')
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return
  try {
    return JSON.parse(line)
  } catch {
    return
  }
}

/** Redis gives its greeting the rank of a warning (#); what it has to warn of comes after. */
const STARTUP_BANNER = /^(oO0OoO|Redis version=|Configuration loaded|Server initialized)/

function readableRedisLine(line: string): string | undefined {
  const [, mark, text] = /^\d+:[A-Z] .+? ([#*.-]) (.*)$/.exec(line) ?? []
  if (text === undefined) return line.trim() === '' ? undefined : line
  return mark === '#' && !STARTUP_BANNER.test(text) ? text : undefined
}
