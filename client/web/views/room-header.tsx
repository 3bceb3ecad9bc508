import { ROOM_LIST_ADDRESS } from '../address.ts'
import type { OpenRoom } from '../open-room.ts'
import { presence, statusLabels } from '../people.ts'
import { isDirect, otherPerson, titleOf } from '../room-names.ts'
import { leaveRoom } from '../rooms.ts'
import { LOBBY, panel } from '../state.ts'
import { unread } from '../unread.ts'
import { Avatar } from './avatar.tsx'
import { CopyLink } from './copy-link.tsx'
import { Icon } from './icon.tsx'

export function RoomHeader({ room: { name, online } }: { room: OpenRoom }) {
  const title = titleOf(name)
  const other = otherPerson(name)
  const status = other === undefined ? undefined : presence.value.get(other)
  return (
    <header class="room-header">
      <BackToRooms except={name} />
      {other !== undefined && <Avatar person={{ id: other, name: title }} status={status} />}
      <div class="about-room">
        <h1>
          {other === undefined && <i aria-hidden="true">#</i>}
          <bdi>{title}</bdi>
        </h1>
        <p>{other === undefined ? 'Public room' : status ? statusLabels[status] : 'Offline'}</p>
      </div>
      {!isDirect(name) && <CopyLink room={name} />}
      {name !== LOBBY && (
        <button type="button" class="bare" title={isDirect(name) ? 'Close' : 'Leave'} onClick={() => leaveRoom(name)}>
          <Icon of={isDirect(name) ? 'close' : 'leave'} />
          <span class="word">{isDirect(name) ? 'Close' : 'Leave'}</span>
        </button>
      )}
      {!isDirect(name) && <MembersButton online={online.value} />}
    </header>
  )
}

/** On narrow screens, the room list is a view of its own. */
function BackToRooms({ except }: { except: string }) {
  const news = [...unread.value].reduce((sum, [room, { count }]) => sum + (room === except ? 0 : count), 0)
  return (
    <a class="back" href={ROOM_LIST_ADDRESS} aria-label={news > 0 ? `Rooms, ${news} unread` : 'Rooms'}>
      <Icon of="back" />
      {news > 0 && <b class="count">{news > 99 ? '99+' : news}</b>}
    </a>
  )
}

function MembersButton({ online }: { online: number }) {
  const shown = panel.value === 'members'
  const turn = () => {
    panel.value = shown ? undefined : 'members'
  }
  return (
    <button
      type="button"
      class="bare narrow"
      aria-label={`Members, ${online} online`}
      aria-expanded={shown}
      onClick={turn}
    >
      <Icon of="people" />
      {online}
    </button>
  )
}
