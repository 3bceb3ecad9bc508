import type { ComponentChildren } from 'preact'
import type { User } from '../../../protocol/people.ts'
import type { TypingUsers } from '../../sdk/typing.ts'

export function TypingLine({ typing }: { typing: TypingUsers }) {
  return (
    <p class="typing" role="status" aria-label="Typing">
      {sentence(typing)}
    </p>
  )
}

function sentence({ users: [first, second], count }: TypingUsers): ComponentChildren {
  if (count === 0) return null
  if (!first) return count === 1 ? 'Someone is typing…' : `${count} people are typing…`
  if (count === 1) return [nameOf(first), ' is typing…']
  if (count === 2) return [nameOf(first), ' and ', second ? nameOf(second) : 'someone else', ' are typing…']
  return [nameOf(first), ` and ${count - 1} others are typing…`]
}

const nameOf = ({ id, name }: User) => <bdi key={id}>{name}</bdi>
