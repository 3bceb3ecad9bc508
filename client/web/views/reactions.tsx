import type { PendingCommand } from '../../sdk/pending-command.ts'
import type { Message, Reaction } from '../../sdk/timeline.ts'
import { emojiName } from '../emoji.ts'
import type { OpenRoom } from '../open-room.ts'
import { react } from '../send.ts'
import { me } from '../users.ts'

const MAX_NAMES = 12

interface Props {
  room: OpenRoom
  message: Message
  /** Pending commands for this message. */
  changes: readonly PendingCommand[]
  tabIndex: number
}

export function Reactions({ room, message, changes, tabIndex }: Props) {
  const reactions = withPending(message.reactions, changes)
  if (reactions.length === 0) return null
  return (
    <ul class="reactions" aria-label="Reactions">
      {reactions.map(({ emoji, users, waits }) => {
        const mine = users.some(({ id }) => id === me.value?.id)
        const who = namesOf(users)
        return (
          <li key={emoji}>
            <button
              type="button"
              tabIndex={tabIndex}
              data-waits={waits}
              aria-pressed={mine}
              aria-label={`${emojiName(emoji)}, ${users.length}: ${who}`}
              title={waits ? 'Sending…' : who}
              onClick={() => react(room, message.seq, emoji, !mine)}
            >
              {emoji} <b>{users.length}</b>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** Applies the user's pending reactions. */
function withPending(
  reactions: readonly Reaction[],
  changes: readonly PendingCommand[],
): (Reaction & { waits?: true })[] {
  const shown = new Map(reactions.map((one): [string, Reaction & { waits?: true }] => [one.emoji, one]))
  const self = me.value
  for (const { command, input } of changes) {
    if (command !== 'message:react' || !self) continue
    const { emoji, on } = input
    const others = (shown.get(emoji)?.users ?? []).filter(({ id }) => id !== self.id)
    shown.set(emoji, { emoji, users: on ? [...others, self] : others, waits: true })
  }
  return [...shown.values()].filter(({ users }) => users.length > 0)
}

function namesOf(users: Reaction['users']): string {
  const names = users.map(({ id, name }) => (id === me.value?.id ? 'you' : name))
  const rest = names.length - MAX_NAMES
  return rest > 0 ? `${names.slice(0, MAX_NAMES).join(', ')} and ${rest} more` : names.join(', ')
}
