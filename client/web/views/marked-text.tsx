import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import { parseMarkup, type Span } from '../marked-text.ts'
import { me, mentionableNames } from '../users.ts'

/** Renders a message's markup as text and a fixed set of elements; HTML in the message stays text. */
export function MarkedText({ text }: { text: string }) {
  const names = mentionableNames.value
  return <>{draw(useMemo(() => parseMarkup(text, names), [text, names]))}</>
}

const draw = (spans: readonly Span[]): ComponentChildren => spans.map((span, i) => <Stretch key={i} span={span} />)

function Stretch({ span }: { span: Span }) {
  switch (span.type) {
    case 'strong':
      return <strong>{draw(span.inside)}</strong>
    case 'em':
      return <em>{draw(span.inside)}</em>
    case 'del':
      return <del>{draw(span.inside)}</del>
    case 'code':
      return <code>{span.text}</code>
    case 'block':
      return (
        <pre dir="ltr">
          <code>{span.text}</code>
        </pre>
      )
    case 'link':
      return (
        <a href={span.text} target="_blank" rel="noopener noreferrer">
          {span.text}
        </a>
      )
    case 'mention':
      return (
        <mark class="mention" data-me={isMe(span.text.slice(1))}>
          <bdi>{span.text}</bdi>
        </mark>
      )
    case 'text':
      return <>{span.text}</>
  }
}

const isMe = (name: string): boolean => name.toLocaleLowerCase() === me.value?.name.toLocaleLowerCase()
