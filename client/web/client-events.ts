import type { ChatClient } from '../sdk/client.ts'
import { reopenDirect } from './my-rooms.ts'
import { notifyIfAddressed } from './notifications.ts'
import { isMatch } from './room-names.ts'
import { applyRoomChanges, join, joinMine, refreshRooms, showRoomInAddress } from './rooms.ts'
import { showRejected } from './send.ts'
import { connectionState, openRooms, pendingCount, summaries, unpersistedCount } from './state.ts'
import { me, rememberUsers } from './users.ts'

/** Copies the events of the client into the signals that the views render. */
export function subscribe(client: ChatClient): void {
  /** Direct rooms with a new message that this page has not joined yet. */
  const newDirectRooms = new Set<string>()
  client.on('state', (now) => {
    connectionState.value = now
  })
  client.on('session', ({ user }) => {
    const first = me.value === undefined
    me.value = user
    rememberUsers([user])
    if (!first) return
    showRoomInAddress()
    joinMine()
  })
  client.on('outbox', ({ room: name }) => {
    const pendingCommands = client.pendingCommands(name)
    pendingCount.value = client.waiting
    unpersistedCount.value = client.unpersistedCount
    // Commands restored from an earlier visit may belong to a room that is not open yet.
    if (pendingCommands.length > 0 && !isMatch(name)) join(name)
    const room = openRooms.value.get(name)
    if (room) room.pendingCommands.value = pendingCommands
  })
  client.on('settled', (end) => {
    // The entry arrives in order later; without this, the message would disappear between the acknowledgement and the entry.
    if (end.entry) openRooms.value.get(end.pending.input.room)?.addAcknowledged(end.entry)
    showRejected(end)
  })
  client.on('entries', ({ room: name, entries }) => {
    const room = openRooms.value.get(name)
    room?.add(entries)
    // The history of a room that was just joined is not new, unless a direct message caused the join.
    if (room && (room.ready.value || newDirectRooms.delete(name))) notifyIfAddressed(room, entries)
  })
  client.on('direct:news', async ({ room, by }) => {
    rememberUsers([by])
    reopenDirect(room)
    newDirectRooms.add(room)
    if (!summaries.value.some((summary) => summary.room === room)) await refreshRooms()
    join(room)
  })
  client.on('rooms', applyRoomChanges)
  client.on('reset', ({ room }) => openRooms.value.get(room)?.reset())
  client.on('members', ({ room: name, members, online }) => {
    const room = openRooms.value.get(name)
    rememberUsers(members)
    if (!room) return
    room.members.value = members
    room.online.value = online
  })
  client.on('typing', ({ room: name, users, count }) => {
    const room = openRooms.value.get(name)
    if (room) room.typing.value = { users, count }
  })
  client.on('receipts', ({ room: name, receipts }) => {
    const room = openRooms.value.get(name)
    if (!room) return
    room.receipts.value = new Map([...room.receipts.value, ...receipts.map((r) => [r.user, r.seq] as const)])
    // The user read the room in another window or on another device.
    const own = receipts.find(({ user }) => user === me.value?.id)
    if (own) room.markRead(own.seq)
  })
}
