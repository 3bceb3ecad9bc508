/** Where the report is, from the root of the server, in the line by which a node tells it; undefined in any other line. */
export function reportPath(line: string): string | undefined {
  if (!line.startsWith('{') || !line.includes('"report":')) return undefined
  try {
    const { pathname, search } = new URL(JSON.parse(line).report)
    return pathname + search
  } catch {
    return undefined
  }
}
