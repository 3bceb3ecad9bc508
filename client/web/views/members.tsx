import type { Member } from '../../../protocol/people.ts'
import type { OpenRoom } from '../open-room.ts'
import { showDirect } from '../rooms.ts'
import { panel } from '../state.ts'
import { me } from '../users.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'

const order = { online: 0, busy: 1, away: 2 }

export function Members({ room }: { room: OpenRoom }) {
  const members = [...room.members.value].sort(
    (one, other) => order[one.status] - order[other.status] || one.name.localeCompare(other.name),
  )
  const online = room.online.value
  const unnamed = online - members.length
  const close = () => {
    panel.value = undefined
  }
  return (
    <aside class="members" aria-label="Members">
      <div class="section-head">
        <h2>{online <= 1 ? 'Only you' : `${online} online`}</h2>
        <button type="button" class="bare narrow" aria-label="Close members" onClick={close}>
          <Icon of="close" />
        </button>
      </div>
      <ul>
        {members.map((member) => (
          <li key={member.id}>
            <Person member={member} />
          </li>
        ))}
      </ul>
      {unnamed > 0 && <p class="unnamed">and {unnamed} more</p>}
    </aside>
  )
}

function Person({ member }: { member: Member }) {
  const { id, name, status } = member
  const self = id === me.value?.id
  const seen = (
    <>
      <Avatar person={member} status={status} />
      {!self && <span class="unseen">Message</span>}
      <span class="name">
        <bdi>{name}</bdi>
      </span>
      {self && <small>{status === 'online' ? 'you' : `you, ${status}`}</small>}
      {!self && status !== 'online' && <small>{status}</small>}
    </>
  )
  return self ? (
    <div class="person" data-status={status}>
      {seen}
    </div>
  ) : (
    <button
      type="button"
      class="person"
      data-status={status}
      title={`Message ${name}`}
      onClick={() => void showDirect(id)}
    >
      {seen}
    </button>
  )
}
