import type { User } from '../../../protocol/people.ts'
import { addressOf } from '../address.ts'
import { presence } from '../people.ts'
import type { RoomRow } from '../room-rows.ts'
import { show } from '../rooms.ts'
import { currentName } from '../state.ts'
import { unread } from '../unread.ts'
import { me } from '../users.ts'
import { Avatar } from './avatar.tsx'

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })

export function RoomLink({ row: { room, title, person, last, online } }: { row: RoomRow }) {
  const { count, highlights: forMe } = unread.value.get(room) ?? { count: 0, highlights: 0 }
  const status = person && presence.value.get(person.id)
  const name = [title, status, count > 0 && `${count} unread`, !person && forMe > 0 && `${forMe} for you`]
  return (
    <li>
      <a
        href={addressOf(room)}
        aria-current={room === currentName.value ? 'page' : undefined}
        aria-describedby={`last-${room}`}
        data-unread={count > 0}
        onClick={() => show(room)}
      >
        <span class="unseen">{name.filter(Boolean).join(', ')}</span>
        {person ? <Avatar person={person} status={status} /> : <i aria-hidden="true">#</i>}
        <span class="title" aria-hidden="true">
          <bdi>{title}</bdi>
        </span>
        {last && (
          <time aria-hidden="true" dateTime={new Date(last.at).toISOString()}>
            {whenOf(last.at)}
          </time>
        )}
        <span class="last" id={`last-${room}`} aria-hidden="true">
          {last ? (
            <>
              {person?.id !== last.by.id && <Speaker of={last.by} />}
              <bdi>{last.deleted ? 'deleted a message' : last.text}</bdi>
            </>
          ) : (
            emptyText(online, person !== undefined)
          )}
        </span>
        {count > 0 && (
          <b class="count" aria-hidden="true" data-for-me={forMe > 0}>
            {count > 99 ? '99+' : count}
          </b>
        )}
      </a>
    </li>
  )
}

const Speaker = ({ of: { id, name } }: { of: User }) => (
  <>
    <bdi>{id === me.value?.id ? 'You' : name}</bdi>
    {': '}
  </>
)

/** The time for today, otherwise the date. */
function whenOf(at: number): string {
  return new Date(at).toDateString() === new Date().toDateString() ? clock.format(at) : day.format(at)
}

function emptyText(online: number, direct: boolean): string {
  return direct || online === 0 ? 'No messages yet' : `${online} online`
}
