import type { TypingPeople } from '../../sdk/typing.ts'

export function TypingLine({ typing }: { typing: TypingPeople }) {
  return (
    <p class="typing" role="status" aria-label="Typing">
      {sentence(typing)}
    </p>
  )
}

export function sentence({ users: [first, second], count }: TypingPeople): string {
  if (count === 0) return ''
  if (!first) return count === 1 ? 'Somebody is typing…' : `${count} people are typing…`
  if (count === 1) return `${first.name} is typing…`
  if (count === 2) return `${first.name} and ${second?.name ?? 'somebody else'} are typing…`
  return `${first.name} and ${count - 1} others are typing…`
}
