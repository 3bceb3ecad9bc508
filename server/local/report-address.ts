/** The path and query of the report from the log line in which a node prints its address; undefined for any other line. */
export function reportPath(line: string): string | undefined {
  if (!line.startsWith('{') || !line.includes('"report":')) return undefined
  try {
    const { pathname, search } = new URL(JSON.parse(line).report)
    return pathname + search
  } catch {
    return undefined
  }
}
