import type { RoomSummary } from '../../protocol/commands.ts'
import { isDirect } from '../../protocol/room.ts'
import type { ChatSession } from './chat-session.ts'
import { visible } from './visible.ts'

const LIST_EVERY_MS = 10_000

/** Shows the events of the client at the terminal. */
export function subscribe(session: ChatSession): void {
  const { chat, rooms, people } = session
  people.me = session.me
  chat.on('entries', ({ room, entries }) => {
    const open = rooms.get(room)
    if (open) session.receive(open, entries)
  })
  chat.on('reset', ({ room }) => {
    rooms.get(room)?.clear()
    if (rooms.get(room)?.ready) session.note(`${session.title(room)} was reset; its earlier messages are gone`)
  })
  chat.on('refused', ({ room, fault }) => {
    if (!rooms.delete(room)) return
    session.error(`You no longer have access to ${session.title(room)}. ${fault.message}`)
    session.changed()
  })
  chat.on('members', ({ room, members, online }) => {
    const open = rooms.get(room)
    if (!open) return
    people.add(members)
    const before = open.members
    open.members = members
    open.online = online
    session.changed()
    // Of a large room, only the first page is known.
    if (!before || room !== session.current || members.length < online) return
    const ids = (list: typeof members) => list.map(({ id }) => id).filter((id) => id !== session.me)
    const [previous, next] = [new Set(ids(before)), new Set(ids(members))]
    const names = (list: Set<string>, other: Set<string>) =>
      [...list].filter((id) => !other.has(id)).map((id) => people.label(id))
    session.presenceLines.add(names(next, previous), names(previous, next))
  })
  chat.on('typing', ({ room, users, count }) => {
    const open = rooms.get(room)
    if (!open) return
    people.add(users)
    open.typing = users.map(({ id }) => people.label(id))
    open.typingCount = count
    session.changed()
  })
  chat.on('outbox', ({ room }) => {
    for (const { doubtful, input } of chat.pendingCommands(room)) {
      if (doubtful) chat.discard(input.clientId)
    }
    session.changed()
  })
  subscribeConnection(session)
  subscribeNotifications(session)
}

function subscribeConnection(session: ChatSession): void {
  let live = true
  session.chat.on('state', ({ state, node, storeAway, fault }) => {
    if (session.closing) return
    if (state === 'offline' && live) {
      live = false
      session.print(session.colors.warn('! Connection lost. Your messages will be sent when it is back.'))
    }
    if (state === 'live' && !live) {
      live = true
      session.note(`reconnected to ${visible(node ?? '')}; no messages were missed`)
    }
    if (storeAway)
      session.print(
        session.colors.warn('! The server cannot reach its store. Your messages will be sent when it is back.'),
      )
    if (state === 'refused' && fault) {
      session.error(`You were signed out. ${fault.message} Start the program again to sign in.`)
      session.failures++
      session.end()
    }
    session.changed()
  })
}

/** Joins direct rooms with unread messages automatically, so that their messages are shown. */
function subscribeNotifications(session: ChatSession): void {
  const { chat } = session
  const join = (room: string, read: number) => {
    if (session.rooms.has(room)) return
    session.enter(room, read).then(
      (open) => session.catchUp(open),
      // The next room list has it again.
      () => {},
    )
  }
  const list = async () => {
    if (chat.state.state !== 'live') return
    const { rooms } = await chat.rooms({ order: 'activity' })
    session.listed = rooms.map(({ room }) => room)
    joinUnread(rooms)
  }
  const joinUnread = (rooms: readonly RoomSummary[]) => {
    for (const { room, read, unread } of rooms) {
      if (isDirect(room) && unread > 0) join(room, read)
    }
  }
  chat.on('direct:news', ({ room, by }) => {
    session.people.add([by])
    // The room list has the read position.
    void list()
      .catch(() => {})
      .then(() => join(room, 0))
  })
  const refresh = () => void list().catch(() => {})
  // A node with the feature `rooms` pushes changes; others are polled.
  setInterval(() => chat.features.has('rooms') || refresh(), LIST_EVERY_MS).unref()
  chat.on('state', ({ state }) => state === 'live' && refresh())
  chat.on('rooms', ({ changed, removed, stale }) => {
    session.listed = [...new Set([...session.listed, ...changed.map(({ room }) => room)])].filter(
      (room) => !removed.includes(room),
    )
    joinUnread(changed)
    if (stale) setTimeout(refresh, LIST_EVERY_MS).unref()
  })
  refresh()
}
