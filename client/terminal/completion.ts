import type { Completer } from 'node:readline'
import { commands } from './commands/all.ts'
import type { ChatSession } from './talk.ts'

/** What Tab does: one match is written out, several as far as they agree, and then they are listed above the prompt. */
export function completer(talk: ChatSession): Completer {
  return (line) => {
    const { partial, matches } = candidates(talk, line)
    if (matches.length === 0) return [[], partial]
    if (matches.length === 1) return [[`${matches[0]} `], partial]
    const common = commonBeginning(matches)
    if (common.length > partial.length) return [[common], partial]
    talk.print(talk.paint.dim(`  ${matches.join('  ')}`))
    return [[], partial]
  }
}

/** What the end of the line, `partial`, may become. */
export function candidates(talk: ChatSession, line: string): { partial: string; matches: string[] } {
  const [, name = '', rest = ''] = /^\/(\w*)(?:\s(.*))?$/s.exec(line) ?? []
  if (line === `/${name}`)
    return matching(
      line,
      Object.keys(commands).map((each) => `/${each}`),
    )
  // A word that began with a quote goes on over spaces.
  const partial = /(?:^|\s)(@?"[^"]*|\S*)$/.exec(line)?.[1] ?? ''
  if (!line.startsWith('/') || line.startsWith('//')) return matching(partial, partial ? talk.people.labels : [])
  const words = rest
    .slice(0, rest.length - partial.length)
    .split(/\s+/)
    .filter(Boolean)
  return matching(partial, commands[name]?.complete?.(talk, words) ?? [])
}

function matching(partial: string, all: readonly string[]) {
  const bare = (text: string) => text.replaceAll('"', '').toLowerCase()
  return { partial, matches: all.filter((each) => bare(each).startsWith(bare(partial))).sort() }
}

function commonBeginning([first = '', ...others]: string[]): string {
  let length = first.length
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}
