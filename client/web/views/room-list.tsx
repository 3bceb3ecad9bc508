import type { TargetedSubmitEvent } from 'preact'
import { addressOf } from '../address.ts'
import { asRoomName, isDirect, titleOf } from '../room-names.ts'
import { show } from '../rooms.ts'
import { current, LOBBY, open, summaries } from '../state.ts'
import { unread } from '../unread.ts'

export function RoomList() {
  const listed = [LOBBY, ...open.value.keys(), ...summaries.value.map(({ room }) => room)]
  const rooms = [...new Set(listed)]
  return (
    <nav class="rooms" aria-label="Rooms">
      <h2>Rooms</h2>
      <ul>
        {rooms
          .filter((room) => !isDirect(room))
          .map((room) => (
            <RoomLink key={room} room={room} />
          ))}
      </ul>
      <NewRoom />
      {rooms.some(isDirect) && <h2>People</h2>}
      <ul>
        {rooms.filter(isDirect).map((room) => (
          <RoomLink key={room} room={room} />
        ))}
      </ul>
    </nav>
  )
}

function RoomLink({ room }: { room: string }) {
  const count = unread.value.get(room) ?? 0
  const title = titleOf(room)
  return (
    <li>
      <a
        href={addressOf(room)}
        aria-current={room === current.value ? 'page' : undefined}
        aria-label={count > 0 ? `${title}, ${count} unread` : title}
        onClick={() => show(room)}
      >
        <span>
          {!isDirect(room) && <i aria-hidden="true">#</i>}
          {title}
        </span>
        {count > 0 && <b class="count">{count > 99 ? '99+' : count}</b>}
      </a>
    </li>
  )
}

function NewRoom() {
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const name = asRoomName(String(new FormData(form).get('room')))
    form.reset()
    if (name) show(name)
  }
  return (
    <form class="new-room" onSubmit={submit}>
      <input name="room" aria-label="Join or create a room" placeholder="Join or create a room" autocomplete="off" />
      <button type="submit">Go</button>
    </form>
  )
}
