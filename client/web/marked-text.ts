import library from '@khanacademy/simple-markdown'

/** A stretch of a text: plain, or marked by its author. */
export type Span =
  | { readonly type: 'text' | 'code' | 'block' | 'link' | 'mention'; readonly text: string }
  | { readonly type: 'strong' | 'em' | 'del'; readonly inside: readonly Span[] }

interface Node {
  type: Span['type']
  content: string | Node[]
}
type Capture = [whole: string, content?: string]
/** What the library hands to a rule: what is left, what we gave it, and what it read last. */
type Match = (left: string, given: { people: readonly string[] }, before: string) => Capture | null

// Bundlers take the library's ES module; Node its CommonJS one, whose default lies one step further in.
const { anyScopeRegex, defaultRules, parserFor } = 'default' in library ? library.default : library

/** Whole addresses alone, which say where they lead: a label may lie, and its pattern can be made to take seconds. */
const ADDRESS = /^(?:https?:\/\/[^\s<>]+|mailto:[^\s<>@]+@[^\s<>@]+)/i

const address: Match = (left) => {
  const [found] = ADDRESS.exec(left) ?? []
  return found ? [withoutTail(found)] : null
}
const mention: Match = (left, { people }, before) => {
  if (!left.startsWith('@') || /[\p{L}\p{N}]$/u.test(before)) return null
  const name = people.find((name) => begins(left.slice(1), name))
  return name === undefined ? null : [left.slice(0, 1 + name.length)]
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
  em: { ...defaultRules.em, order: 4 },
  strong: { ...defaultRules.strong, order: 4 },
  del: { ...defaultRules.del, order: 5 },
  code: { ...defaultRules.inlineCode, order: 6 },
  text: { ...defaultRules.text, order: 7 },
}
const parse = parserFor(rules as unknown as Parameters<typeof parserFor>[0], { inline: true })

/** `people`: the names that “@Name” may speak to, the longest first. */
export function readMarks(text: string, people: readonly string[] = []): Span[] {
  return asSpans(parse(text, { inline: true, people }) as Node[])
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

function begins(text: string, name: string): boolean {
  return (
    text.slice(0, name.length).toLocaleLowerCase() === name.toLocaleLowerCase() &&
    !/^[\p{L}\p{N}_]/u.test(text.slice(name.length))
  )
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
