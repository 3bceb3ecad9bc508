import type { ChatClient } from '../sdk/client.ts'
import { takeOut } from './my-rooms.ts'
import { notifyOf } from './notifications.ts'
import { isMatch } from './room-names.ts'
import { join, joinMine, list, showAddressed, takeChange } from './rooms.ts'
import { refused } from './send.ts'
import { connectionState, open, summaries, unkept, waiting } from './state.ts'
import { me, mention } from './users.ts'

/** What the client tells goes to where the page shows it. */
export function subscribe(client: ChatClient): void {
  /** Direct rooms that somebody is speaking to us in, and that we are about to join. */
  const called = new Set<string>()
  client.on('state', (now) => {
    connectionState.value = now
  })
  client.on('session', ({ user }) => {
    const first = me.value === undefined
    me.value = user
    mention([user])
    if (!first) return
    showAddressed()
    joinMine()
  })
  client.on('outbox', ({ room: name }) => {
    const pendingCommands = client.pendingCommands(name)
    waiting.value = client.waiting
    unkept.value = client.unpersistedCount
    // Left by an earlier visit, in a room that is not open yet.
    if (pendingCommands.length > 0 && !isMatch(name)) join(name)
    const room = open.value.get(name)
    if (room) room.letters.value = pendingCommands
  })
  client.on('settled', (end) => {
    // Its turn among the entries comes later: until then, what one said would be gone from the page.
    if (end.entry) open.value.get(end.pending.input.room)?.acknowledged(end.entry)
    refused(end)
  })
  client.on('entries', ({ room: name, entries }) => {
    const room = open.value.get(name)
    room?.add(entries)
    // What a room holds when one enters it is not news, unless one was called into it.
    if (room && (room.ready.value || called.delete(name))) notifyOf(room, entries)
  })
  client.on('direct:news', async ({ room, by }) => {
    mention([by])
    takeOut(room)
    called.add(room)
    if (!summaries.value.some((summary) => summary.room === room)) await list()
    join(room)
  })
  client.on('rooms', takeChange)
  client.on('reset', ({ room }) => open.value.get(room)?.reset())
  client.on('members', ({ room: name, members, online }) => {
    const room = open.value.get(name)
    mention(members)
    if (!room) return
    room.members.value = members
    room.online.value = online
  })
  client.on('typing', ({ room: name, users, count }) => {
    const room = open.value.get(name)
    if (room) room.typing.value = { users, count }
  })
  client.on('receipts', ({ room: name, receipts }) => {
    const room = open.value.get(name)
    if (!room) return
    room.receipts.value = new Map([...room.receipts.value, ...receipts.map((r) => [r.user, r.seq] as const)])
    // Read in another window, or on another device.
    const own = receipts.find(({ user }) => user === me.value?.id)
    if (own) room.readUpTo(own.seq)
  })
}
