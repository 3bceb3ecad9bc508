import library from '@khanacademy/simple-markdown'
import { type MentionIndex, mentionIndex } from './mention-index.ts'

/** A stretch of a text: plain, or marked by its author. */
export type Span =
  | { readonly type: 'text' | 'code' | 'block' | 'link' | 'mention'; readonly text: string }
  | { readonly type: 'strong' | 'em' | 'del'; readonly inside: readonly Span[] }

interface Node {
  type: Span['type']
  content: string | Node[]
}
type Capture = [whole: string, content?: string]
interface State {
  mentions: MentionIndex
  /** How many more opening marks are looked for their closing one: each search may read the rest of the text. */
  searches: { left: number }
}
/** What the library hands to a rule: what is left, what we gave it, and what it read last. */
type Match = (left: string, state: State, before: string) => Capture | null

// Bundlers take the library's ES module; Node its CommonJS one, whose default lies one step further in.
const { anyScopeRegex, defaultRules, parserFor } = 'default' in library ? library.default : library

/** Whole addresses alone, which say where they lead: a label may lie, and its pattern can be made to take seconds. */
const ADDRESS = /^(?:https?:\/\/[^\s<>]+|mailto:[^\s<>@]+@[^\s<>@]+)/i

/** Up to where something else could begin. */
const TEXT = /^[\s\S](?:(?!https?:|mailto:)[0-9A-Za-z\s\u00c0-\uffff])*/i
/** A message with more marks than this shows the rest of them as they are. */
const SEARCHES = 200

const address: Match = (left) => {
  const [found] = ADDRESS.exec(left) ?? []
  return found ? [withoutTail(found)] : null
}
const mention: Match = (left, { mentions }, before) => {
  if (!left.startsWith('@') || /[\p{L}\p{N}]$/u.test(before)) return null
  const length = mentions.match(left, 1)
  return length === 0 ? null : [left.slice(0, 1 + length)]
}
/** Keeps the time that a text takes linear in its length: the library's rules read on to the end for each mark. */
const bounded = <R extends { match: unknown }>(rule: R): R => {
  const match = rule.match as Match
  const within: Match = (left, state, before) => {
    if (!/^[*_~]/.test(left) || state.searches.left === 0) return null
    state.searches.left--
    return match(left, state, before)
  }
  return { ...rule, match: within }
}
const whole = ([content]: Capture) => ({ content })

const rules = {
  block: {
    order: 0,
    match: anyScopeRegex(/^```(?:[\w+-]*\n)?([\s\S]+?)\n?```\n?/),
    parse: ([, content]: Capture) => ({ content }),
  },
  link: { order: 1, match: address, parse: whole },
  mention: { order: 2, match: mention, parse: whole },
  escape: { ...defaultRules.escape, order: 3 },
  // These two may begin at the same place: the one that takes more is meant.
  em: bounded({ ...defaultRules.em, order: 4 }),
  strong: bounded({ ...defaultRules.strong, order: 4 }),
  del: bounded({ ...defaultRules.del, order: 5 }),
  code: { ...defaultRules.inlineCode, order: 6 },
  text: { ...defaultRules.text, order: 7, match: anyScopeRegex(TEXT) },
}
const parse = parserFor(rules as unknown as Parameters<typeof parserFor>[0], { inline: true })

/** `people`: the names that “@Name” may speak to. */
export function readMarks(text: string, people: readonly string[] = []): Span[] {
  const state: State = { mentions: mentionIndex(people), searches: { left: SEARCHES } }
  return asSpans(parse(text, { inline: true, ...state }) as Node[])
}

/** What a text says, without its marks, on one line. */
export function withoutMarks(text: string): string {
  const said = (spans: readonly Span[]): string =>
    spans.map((span) => ('text' in span ? span.text : said(span.inside))).join('')
  return said(readMarks(text)).replace(/\s+/g, ' ')
}

/** The library breaks plain text wherever something could begin; here it is joined again. */
function asSpans(nodes: readonly Node[]): Span[] {
  const spans: Span[] = []
  for (const { type, content } of nodes) {
    const last = spans.at(-1)
    if (typeof content !== 'string') spans.push({ type: type as 'strong', inside: asSpans(content) })
    else if (type === 'text' && last?.type === 'text') spans[spans.length - 1] = { type, text: last.text + content }
    else spans.push({ type: type as 'text', text: content })
  }
  return spans
}

/** What ends a sentence, or closes a bracket that was opened before, is no part of an address. */
function withoutTail(address: string): string {
  let end = address.length
  const count = (bracket: string) => address.slice(0, end).split(bracket).length
  while (/[.,:;!?'"*_~)\]}]/.test(address[end - 1]!)) {
    if (address[end - 1] === ')' && count('(') >= count(')')) break
    end--
  }
  return address.slice(0, end)
}
