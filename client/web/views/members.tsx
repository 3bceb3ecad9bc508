import type { OpenRoom } from '../open-room.ts'
import { isDirect } from '../room-names.ts'
import { showDirect } from '../rooms.ts'
import { me } from '../state.ts'
import { Avatar } from './avatar.tsx'

export function Members({ room }: { room: OpenRoom }) {
  const members = [...room.members.value].sort((one, other) => one.name.localeCompare(other.name))
  const unnamed = room.online.value - members.length
  return (
    <aside class="members" aria-label="Members">
      <h2>{room.online.value === 1 ? 'Only you are here' : `${room.online.value} are here`}</h2>
      <ul>
        {members.map((member) => (
          <li key={member.id}>
            <Avatar person={member} status={member.status} />
            <span>{member.name}</span>
            <small>{member.id === me.value?.id ? `you, ${member.status}` : member.status}</small>
            {member.id !== me.value?.id && !isDirect(room.name) && (
              <button type="button" aria-label={`Talk to ${member.name}`} onClick={() => showDirect(member.id)}>
                Talk
              </button>
            )}
          </li>
        ))}
      </ul>
      {unnamed > 0 && <p class="unnamed">and {unnamed} more</p>}
    </aside>
  )
}
