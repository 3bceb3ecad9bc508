import library from '@khanacademy/simple-markdown'
import { type MentionIndex, mentionIndex } from './mention-index.ts'

/** A part of a message: plain text or markup. */
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
  /** Remaining searches for a closing mark. Each search may read the rest of the text. */
  searches: { left: number }
}
/** A rule's matcher: the remaining input, the parser's state and the previously captured text. */
type Match = (left: string, state: State, before: string) => Capture | null

// Bundlers load the ES module; Node loads the CommonJS build, whose exports are under `default`.
const { anyScopeRegex, defaultRules, parserFor } = 'default' in library ? library.default : library

/** Bare URLs only: a labeled link can hide its target, and the library's pattern for it can take seconds. */
const ADDRESS = /^(?:https?:\/\/[^\s<>]+|mailto:[^\s<>@]+@[^\s<>@]+)/i

/** Plain text up to the next character that can start markup. */
const TEXT = /^[\s\S](?:(?!https?:|mailto:)[0-9A-Za-z\s\u00c0-\uffff])*/i
/** Further marks of the same message are shown as plain text. */
const MAX_SEARCHES = 200

const address: Match = (left) => {
  const [found] = ADDRESS.exec(left) ?? []
  return found ? [withoutTail(found)] : null
}
const mention: Match = (left, { mentions }, before) => {
  if (!left.startsWith('@') || /[\p{L}\p{N}]$/u.test(before)) return null
  const length = mentions.match(left, 1)
  return length === 0 ? null : [left.slice(0, 1 + length)]
}
/** Bounds the number of searches, because the library's rules scan to the end of the text for each opening mark. */
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
  // Both can match at the same position; with equal order, the library takes the longer match.
  em: bounded({ ...defaultRules.em, order: 4 }),
  strong: bounded({ ...defaultRules.strong, order: 4 }),
  del: bounded({ ...defaultRules.del, order: 5 }),
  code: { ...defaultRules.inlineCode, order: 6 },
  text: { ...defaultRules.text, order: 7, match: anyScopeRegex(TEXT) },
}
const parse = parserFor(rules as unknown as Parameters<typeof parserFor>[0], { inline: true })

/** `people`: the names that “@Name” can mention. */
export function parseMarkup(text: string, people: readonly string[] = []): Span[] {
  const state: State = { mentions: mentionIndex(people), searches: { left: MAX_SEARCHES } }
  return asSpans(parse(text, { inline: true, ...state }) as Node[])
}

/** The text without markup, on one line. */
export function plainText(text: string): string {
  const said = (spans: readonly Span[]): string =>
    spans.map((span) => ('text' in span ? span.text : said(span.inside))).join('')
  return said(parseMarkup(text)).replace(/\s+/g, ' ')
}

/** Converts the library's nodes, and joins adjacent text nodes. */
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

/** Strips trailing punctuation, and closing brackets without an opening one, from a URL. */
function withoutTail(address: string): string {
  let end = address.length
  const count = (bracket: string) => address.slice(0, end).split(bracket).length
  while (/[.,:;!?'"*_~)\]}]/.test(address[end - 1]!)) {
    if (address[end - 1] === ')' && count('(') >= count(')')) break
    end--
  }
  return address.slice(0, end)
}
