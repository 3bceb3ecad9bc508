import type { RoomSummary } from '../../protocol/commands.ts'
import { isDirect } from '../../protocol/room.ts'
import type { ChatSession } from './talk.ts'
import { visible } from './visible.ts'

const LIST_EVERY_MS = 10_000

/** What the client tells goes to where the terminal shows it. */
export function subscribe(talk: ChatSession): void {
  const { chat, rooms, people } = talk
  people.me = talk.me
  chat.on('entries', ({ room, entries }) => {
    const open = rooms.get(room)
    if (open) talk.receive(open, entries)
  })
  chat.on('reset', ({ room }) => {
    rooms.get(room)?.clear()
    if (rooms.get(room)?.ready) talk.note(`${talk.title(room)} begins anew: what was said there before is gone`)
  })
  chat.on('refused', ({ room, fault }) => {
    if (!rooms.delete(room)) return
    talk.error(`${talk.title(room)} does not let you in any more. ${fault.message}`)
    talk.changed()
  })
  chat.on('members', ({ room, members, online }) => {
    const open = rooms.get(room)
    if (!open) return
    people.add(members)
    const before = open.members
    open.members = members
    open.online = online
    talk.changed()
    // Of a big room, only the first page is known.
    if (!before || room !== talk.current || members.length < online) return
    const ids = (list: typeof members) => list.map(({ id }) => id).filter((id) => id !== talk.me)
    const [was, is] = [new Set(ids(before)), new Set(ids(members))]
    const names = (list: Set<string>, other: Set<string>) =>
      [...list].filter((id) => !other.has(id)).map((id) => people.label(id))
    talk.presenceLines.add(names(is, was), names(was, is))
  })
  chat.on('typing', ({ room, users, count }) => {
    const open = rooms.get(room)
    if (!open) return
    people.add(users)
    open.typing = users.map(({ id }) => people.label(id))
    open.typingCount = count
    talk.changed()
  })
  chat.on('outbox', ({ room }) => {
    for (const { doubtful, input } of chat.pendingCommands(room)) {
      if (doubtful) chat.discard(input.clientId)
    }
    talk.changed()
  })
  subscribeConnection(talk)
  subscribeNotifications(talk)
}

function subscribeConnection(talk: ChatSession): void {
  let live = true
  talk.chat.on('state', ({ state, node, storeAway, fault }) => {
    if (talk.closing) return
    if (state === 'offline' && live) {
      live = false
      talk.print(talk.paint.warn('! The connection is lost: what you say waits, and is sent when it is back.'))
    }
    if (state === 'live' && !live) {
      live = true
      talk.note(`connected again, on ${visible(node ?? '')}; nothing is missing`)
    }
    if (storeAway) talk.print(talk.paint.warn('! The cluster cannot reach its store: what you say waits.'))
    if (state === 'refused' && fault) {
      talk.error(`The cluster does not let you in any more. ${fault.message} Begin again.`)
      talk.failures++
      talk.end()
    }
    talk.changed()
  })
}

/** Direct rooms with news are joined by themselves, so that what is said there is heard. */
function subscribeNotifications(talk: ChatSession): void {
  const { chat } = talk
  const join = (room: string, read: number) => {
    if (talk.rooms.has(room)) return
    talk.enter(room, read).then(
      (open) => talk.catchUp(open),
      // The next list has it again.
      () => {},
    )
  }
  const list = async () => {
    if (chat.state.state !== 'live') return
    const { rooms } = await chat.rooms({ order: 'activity' })
    talk.listed = rooms.map(({ room }) => room)
    joinUnread(rooms)
  }
  const joinUnread = (rooms: readonly RoomSummary[]) => {
    for (const { room, read, unread } of rooms) {
      if (isDirect(room) && unread > 0) join(room, read)
    }
  }
  chat.on('direct:news', ({ room, by }) => {
    talk.people.add([by])
    // The list knows how far we have read there.
    void list()
      .catch(() => {})
      .then(() => join(room, 0))
  })
  const again = () => void list().catch(() => {})
  // A node with the feature `rooms` tells of changes by itself.
  setInterval(() => chat.features.has('rooms') || again(), LIST_EVERY_MS).unref()
  chat.on('state', ({ state }) => state === 'live' && again())
  chat.on('rooms', ({ changed, removed, stale }) => {
    talk.listed = [...new Set([...talk.listed, ...changed.map(({ room }) => room)])].filter(
      (room) => !removed.includes(room),
    )
    joinUnread(changed)
    if (stale) setTimeout(again, LIST_EVERY_MS).unref()
  })
  again()
}
