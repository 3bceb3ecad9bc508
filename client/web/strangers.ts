import { batch, signal } from '@preact/signals'
import type { Entry } from '../../protocol/entry.ts'
import type { User } from '../../protocol/people.ts'
import type { ChatClient } from '../sdk/client.ts'
import { type Message, Timeline } from '../sdk/timeline.ts'
import type { TypingUsers } from '../sdk/typing.ts'
import { runCommand } from './run-command.ts'

const ROOM_KEY = 'hubbub.stranger'

/** A talk with a stranger: apart from the rooms, since nothing stays of it. */
export class Talk {
  readonly messages = signal<readonly Message[]>([])
  readonly typing = signal<TypingUsers>({ users: [], count: 0 })
  readonly over = signal(false)
  /** How many messages were on the page when somebody last looked. */
  readonly seen = signal(0)
  readonly timeline = new Timeline()

  constructor(
    readonly room: string,
    readonly stranger: User,
  ) {}

  add(entries: readonly Entry[]): void {
    this.timeline.add(entries)
    this.messages.value = this.timeline.messages
  }
}

export const search = signal<'looking' | Talk>()
/** Whether it is in sight. */
export const shown = signal(false)

const talkIn = (room: string): Talk | undefined =>
  search.value instanceof Talk && search.value.room === room ? search.value : undefined

/** Returns what ends it. A talk goes on after a reload, in the tab that it was in. */
export function hearStrangers(client: ChatClient): () => void {
  const before = sessionStorage.getItem(ROOM_KEY)
  /** Of that talk, before it is known whose it is. */
  const early: Entry[] = []
  const stops = [
    client.on('found', ({ room, stranger }) => {
      if (talkIn(room)) return
      sessionStorage.setItem(ROOM_KEY, room)
      const talk = new Talk(room, stranger)
      if (room === before) talk.add(early)
      batch(() => {
        search.value = talk
        shown.value = true
      })
    }),
    client.on('ended', ({ room }) => {
      const talk = talkIn(room)
      if (talk) talk.over.value = true
      sessionStorage.removeItem(ROOM_KEY)
    }),
    client.on('entries', ({ room, entries }) => {
      const talk = talkIn(room)
      if (talk) talk.add(entries)
      else if (room === before) early.push(...entries)
    }),
    client.on('reset', ({ room }) => talkIn(room)?.timeline.clear()),
    client.on('typing', ({ room, users, count }) => {
      const talk = talkIn(room)
      if (talk) talk.typing.value = { users, count }
    }),
  ]
  if (before) void goOn(client, before)
  return () => {
    for (const stop of stops) stop()
    search.value = undefined
    shown.value = false
  }
}

/** Only while the room is still ours: nobody waits in line because of a reload. */
async function goOn(client: ChatClient, room: string): Promise<void> {
  try {
    await client.join(room)
    await client.findStranger()
  } catch {
    sessionStorage.removeItem(ROOM_KEY)
  }
}

/** Looks for one; whoever has one leaves them first. */
export async function find(): Promise<void> {
  const before = search.value
  batch(() => {
    search.value = 'looking'
    shown.value = true
  })
  const fault = await runCommand(async (client) => {
    if (before instanceof Talk && !before.over.value) await client.leaveStranger()
    await client.findStranger()
  })
  if (fault && search.value === 'looking') search.value = undefined
}

export async function leave(): Promise<void> {
  const before = search.value
  search.value = undefined
  shown.value = false
  sessionStorage.removeItem(ROOM_KEY)
  if (before instanceof Talk && before.over.value) return
  await runCommand((client) => client.leaveStranger())
}

export async function tell(talk: Talk, text: string): Promise<void> {
  await runCommand((client) => client.send(talk.room, text))
}
