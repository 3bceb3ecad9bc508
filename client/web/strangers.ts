import { batch, signal } from '@preact/signals'
import type { Entry } from '../../protocol/entry.ts'
import type { User } from '../../protocol/people.ts'
import type { ChatClient } from '../sdk/client.ts'
import { type Message, Timeline } from '../sdk/timeline.ts'
import type { TypingUsers } from '../sdk/typing.ts'
import { runCommand } from './run-command.ts'

const ROOM_KEY = 'hubbub.stranger'

/** A conversation with a stranger. It is not part of the room list, because its log is deleted at the end. */
export class MatchConversation {
  readonly messages = signal<readonly Message[]>([])
  readonly typing = signal<TypingUsers>({ users: [], count: 0 })
  readonly ended = signal(false)
  /** The number of messages when the dialog was last visible. */
  readonly seenCount = signal(0)
  readonly timeline = new Timeline()

  constructor(
    readonly room: string,
    readonly stranger: User,
  ) {}

  addEntries(entries: readonly Entry[]): void {
    this.timeline.add(entries)
    this.messages.value = this.timeline.messages
  }
}

export const match = signal<'looking' | MatchConversation>()
/** True while the dialog is open. */
export const dialogShown = signal(false)

const conversationIn = (room: string): MatchConversation | undefined =>
  match.value instanceof MatchConversation && match.value.room === room ? match.value : undefined

/** Follows the match events of a client. A conversation survives a reload of its tab. Returns the function that stops it. */
export function followMatches(client: ChatClient): () => void {
  const previous = sessionStorage.getItem(ROOM_KEY)
  /** Entries of that conversation that arrive before `found` names the stranger. */
  const buffered: Entry[] = []
  const unsubscribers = [
    client.on('found', ({ room, stranger }) => {
      if (conversationIn(room)) return
      sessionStorage.setItem(ROOM_KEY, room)
      const conversation = new MatchConversation(room, stranger)
      if (room === previous) conversation.addEntries(buffered)
      batch(() => {
        match.value = conversation
        dialogShown.value = true
      })
    }),
    client.on('ended', ({ room }) => {
      const conversation = conversationIn(room)
      if (conversation) conversation.ended.value = true
      sessionStorage.removeItem(ROOM_KEY)
    }),
    client.on('entries', ({ room, entries }) => {
      const conversation = conversationIn(room)
      if (conversation) conversation.addEntries(entries)
      else if (room === previous) buffered.push(...entries)
    }),
    client.on('reset', ({ room }) => conversationIn(room)?.timeline.clear()),
    client.on('typing', ({ room, users, count }) => {
      const conversation = conversationIn(room)
      if (conversation) conversation.typing.value = { users, count }
    }),
  ]
  if (previous) void resume(client, previous)
  return () => {
    for (const unsubscribe of unsubscribers) unsubscribe()
    match.value = undefined
    dialogShown.value = false
  }
}

/** Joins first, which fails if the match is over: a reload must not put the user into the queue. */
async function resume(client: ChatClient, room: string): Promise<void> {
  try {
    await client.join(room)
    await client.findStranger()
  } catch {
    sessionStorage.removeItem(ROOM_KEY)
  }
}

/** Searches for a stranger, after leaving the current one. */
export async function findStranger(): Promise<void> {
  const previous = match.value
  batch(() => {
    match.value = 'looking'
    dialogShown.value = true
  })
  const fault = await runCommand(async (client) => {
    if (previous instanceof MatchConversation && !previous.ended.value) await client.leaveStranger()
    await client.findStranger()
  })
  if (fault && match.value === 'looking') match.value = undefined
}

export async function leaveStranger(): Promise<void> {
  const previous = match.value
  match.value = undefined
  dialogShown.value = false
  sessionStorage.removeItem(ROOM_KEY)
  if (previous instanceof MatchConversation && previous.ended.value) return
  await runCommand((client) => client.leaveStranger())
}

export async function sendToStranger(conversation: MatchConversation, text: string): Promise<void> {
  await runCommand((client) => client.send(conversation.room, text))
}
