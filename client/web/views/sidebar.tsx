import { signOut } from '../session.ts'
import { me } from '../state.ts'
import { Avatar } from './avatar.tsx'
import { ConnectionLine } from './connection-line.tsx'
import { RoomList } from './room-list.tsx'
import { StatusSelect } from './status-select.tsx'

export function Sidebar() {
  if (!me.value) return null
  return (
    <div class="sidebar">
      <header class="myself">
        <Avatar person={me.value} />
        <strong>{me.value.name}</strong>
        <StatusSelect />
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </header>
      <RoomList />
      <ConnectionLine />
    </div>
  )
}
