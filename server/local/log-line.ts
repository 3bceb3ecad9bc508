const COLOURS = [36, 33, 32, 35, 34, 31, 96, 93, 92, 95, 94, 91]
const LEVELS: Record<number, string> = { 40: 'warning', 50: 'error', 60: 'fatal' }

/** Returns a printer of lines prefixed with the name of their process, with a color per node at a terminal. Notices are bold. */
export function logLine(nodes: number): (name: string, text: string, isNotice: boolean) => void {
  const width = Math.max('redis'.length, `n${nodes}`.length)
  const coloured = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR
  return (name, line, isNotice) => {
    const prefix = name.padEnd(width)
    const shown = isNotice ? line : readable(name, line)
    if (shown === undefined) return
    const text = shown.replaceAll('\n', `\n${' '.repeat(width)} │ `)
    if (!coloured) return console.log(`${prefix} │ ${text}`)
    const number = Number(name.replace(/\D/g, ''))
    const colour = number > 0 ? `\x1b[${COLOURS[(number - 1) % COLOURS.length]}m` : '\x1b[2m'
    console.log(`${colour}${prefix} │\x1b[0m ${isNotice ? `\x1b[1m${text}\x1b[0m` : text}`)
  }
}

/** A line of a process without redundant fields; undefined if it is not worth printing. */
export function readable(name: string, line: string): string | undefined {
  return name === 'redis' ? readableRedisLine(line) : readableNodeLine(line)
}

/** Formats a JSON line of a node as `warning: message (field=value)`. Other lines are returned unchanged. */
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

/** Redis logs its startup banner at warning level (#); these lines are not warnings. */
const STARTUP_BANNER = /^(oO0OoO|Redis version=|Configuration loaded|Server initialized)/

function readableRedisLine(line: string): string | undefined {
  const [, mark, text] = /^\d+:[A-Z] .+? ([#*.-]) (.*)$/.exec(line) ?? []
  if (text === undefined) return line.trim() === '' ? undefined : line
  return mark === '#' && !STARTUP_BANNER.test(text) ? text : undefined
}
