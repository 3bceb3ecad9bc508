import { useSignal } from '@preact/signals'
import type { User } from '../../../protocol/people.ts'
import type { OpenRoom } from '../open-room.ts'
import { userNames as known, me } from '../users.ts'
import { Avatar } from './avatar.tsx'

const MAX_SHOWN = 6
/** The text between the last “@” and the cursor. */
const PARTIAL_MENTION = /(?:^|[^\p{L}\p{N}])@([^@\n]{0,40})$/u

/** Completes an “@” in the composer: arrow keys select, Enter or Tab insert, Escape closes. */
export function useNameChoices(room: OpenRoom, box: { readonly current: HTMLTextAreaElement | null }) {
  const begun = useSignal<string>()
  const at = useSignal(0)
  const people = begun.value === undefined ? [] : matchingUsers(room, begun.value)

  const look = () => {
    const { value, selectionStart } = box.current!
    begun.value = PARTIAL_MENTION.exec(value.slice(0, selectionStart))?.[1]
    at.value = 0
  }
  const close = () => {
    begun.value = undefined
  }
  const take = (person: User) => {
    const { selectionStart } = box.current!
    box.current!.setRangeText(`${person.name} `, selectionStart - begun.value!.length, selectionStart, 'end')
    close()
    room.draft.text.value = box.current!.value
    box.current!.focus()
  }
  /** Returns true if the key was handled. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (people.length === 0) return false
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) at.value = (at.value + step + people.length) % people.length
    else if (event.key === 'Escape') close()
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') take(people[at.value]!)
    else return false
    event.preventDefault()
    return true
  }
  return { isOpen: people.length > 0, people, at: at.value, look, close, take, onKeyDown }
}

export function NameChoices({ choices }: { choices: ReturnType<typeof useNameChoices> }) {
  if (!choices.isOpen) return null
  return (
    <div class="name-choices" id="name-choices" role="listbox" aria-label="People">
      {choices.people.map((person, i) => (
        <div
          key={person.id}
          id={`name-choice-${i}`}
          role="option"
          tabIndex={-1}
          aria-selected={i === choices.at}
          // `pointerdown` fires before the composer's `blur`, which closes the list.
          onPointerDown={(event) => {
            event.preventDefault()
            choices.take(person)
          }}
        >
          <Avatar person={person} />
          <span dir="auto">{person.name}</span>
        </div>
      ))}
    </div>
  )
}

/** Members first, then recent authors. A name matches if one of its words starts with the typed text. */
function matchingUsers(room: OpenRoom, begun: string): User[] {
  const sought = begun.toLocaleLowerCase()
  const spoke = room.messages.value.slice(-500).map(({ by }) => by)
  const people = new Map<string, User>()
  for (const { id, name } of [...room.members.value, ...spoke.reverse()])
    if (id !== me.value?.id && !people.has(id)) people.set(id, { id, name: known.value.get(id) ?? name })
  const fits = ({ name }: User) => {
    const whole = name.toLocaleLowerCase()
    // A completely typed name needs no completion.
    return whole !== sought.trimEnd() && (whole.startsWith(sought) || (sought !== '' && whole.includes(` ${sought}`)))
  }
  return [...people.values()].filter(fits).slice(0, MAX_SHOWN)
}
