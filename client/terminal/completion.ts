import type { Completer } from 'node:readline'
import type { ChatSession } from './chat-session.ts'
import { commands } from './commands/all.ts'

/**
 * Tab inserts a single match, or the common prefix of several; if there is none to add, the matches are listed above
 * the prompt.
 */
export function completer(session: ChatSession): Completer {
  return (line) => {
    const { partial, matches } = candidates(session, line)
    if (matches.length === 0) return [[], partial]
    if (matches.length === 1) return [[`${matches[0]} `], partial]
    const common = commonPrefix(matches)
    if (common.length > partial.length) return [[common], partial]
    session.print(session.colors.dim(`  ${matches.join('  ')}`))
    return [[], partial]
  }
}

/** The end of the line to complete, `partial`, and its possible completions. */
export function candidates(session: ChatSession, line: string): { partial: string; matches: string[] } {
  const [, name = '', rest = ''] = /^\/(\w*)(?:\s(.*))?$/s.exec(line) ?? []
  if (line === `/${name}`)
    return matching(
      line,
      Object.keys(commands).map((each) => `/${each}`),
    )
  // A quoted word may contain spaces.
  const partial = /(?:^|\s)(@?"[^"]*|\S*)$/.exec(line)?.[1] ?? ''
  if (!line.startsWith('/') || line.startsWith('//')) return matching(partial, partial ? session.people.labels : [])
  const words = rest
    .slice(0, rest.length - partial.length)
    .split(/\s+/)
    .filter(Boolean)
  return matching(partial, commands[name]?.complete?.(session, words) ?? [])
}

function matching(partial: string, all: readonly string[]) {
  const bare = (text: string) => text.replaceAll('"', '').toLowerCase()
  return { partial, matches: all.filter((each) => bare(each).startsWith(bare(partial))).sort() }
}

function commonPrefix([first = '', ...others]: string[]): string {
  let length = first.length
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}
