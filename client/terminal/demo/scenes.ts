import { setTimeout as pause } from 'node:timers/promises'
import type { ClusterStats } from '../../../protocol/stats.ts'
import type { ChatClient } from '../../sdk/client.ts'
import { asFault } from '../../sdk/fault.ts'
import { count } from '../format.ts'
import { visible } from '../visible.ts'
import type { DemoClient } from './demo-client.ts'

export interface Cast {
  ada: DemoClient
  bob: DemoClient
  cyd: DemoClient
  room: string
  timeoutMs: number
}

/** A claim and a function that proves it: resolves with a summary of what happened, rejects if the claim is false. */
export type Scene = [claim: string, run: (cast: Cast) => Promise<string>]

const STATS_TIMEOUT_MS = 8_000

const assert = (fact: boolean, sentence: string): void => {
  if (!fact) throw new Error(sentence)
}

async function timed(run: () => Promise<unknown>): Promise<string> {
  const began = performance.now()
  await run()
  return `${(performance.now() - began).toFixed(0)} ms`
}

/** Polls the stats until they include `connections`, since the nodes publish them only once a second. */
async function statsOf(chat: ChatClient, connections: number): Promise<ClusterStats> {
  const began = performance.now()
  for (;;) {
    const stats = await chat.stats()
    if (stats.connections >= connections || performance.now() - began > STATS_TIMEOUT_MS) return stats
    await pause(200)
  }
}

export const scenes: Scene[] = [
  [
    'Three users connect, each over their own connection',
    async ({ ada, bob, cyd, timeoutMs }) => {
      await Promise.all([ada, bob, cyd].map((person) => person.connect(timeoutMs)))
      return [ada, bob, cyd].map(({ connection: where }) => where).join(', ')
    },
  ],
  [
    'They join a room, and each sees the others',
    async ({ ada, bob, cyd, room }) => {
      const all = [ada, bob, cyd]
      await Promise.all(all.map(({ chat }) => chat.join(room)))
      const together = (one: DemoClient) => all.every(({ id }) => one.members(room).some((member) => member.id === id))
      await Promise.all(all.map((person) => person.waitFor('the others', () => together(person))))
      return `#${room} has ${ada
        .members(room)
        .map(({ name }) => visible(name))
        .join(', ')}`
    },
  ],
  [
    'Bob types, and Ada sees the typing indicator',
    async ({ ada, bob, room }) => {
      bob.chat.typing(room, true)
      await ada.waitFor('Bob typing', () => ada.typing.includes(bob.id))
      bob.chat.typing(room, false)
      await ada.waitFor('Bob stop', () => !ada.typing.includes(bob.id))
      return 'Bob is typing…, then stops'
    },
  ],
  [
    'A message gets the same number for everyone',
    async ({ ada, bob, cyd, room }) => {
      let seq = 0
      const took = await timed(async () => {
        seq = (await ada.chat.send(room, 'Hello, everybody!')).seq
        const has = (person: DemoClient) => person.timeline(room).find(seq)?.text === 'Hello, everybody!'
        await Promise.all([ada, bob, cyd].map((person) => person.waitFor('the message', () => has(person))))
      })
      return `#${seq} Ada: Hello, everybody! (received by all three within ${took})`
    },
  ],
  [
    'A reply, a reaction, and an edit',
    async ({ ada, bob, cyd, room }) => {
      const first = ada.timeline(room).messages.findLast(({ by }) => by.id === ada.id)!
      const reply = await bob.chat.send(room, 'Hello, Ada.', { replyTo: first.seq })
      await cyd.chat.react(room, first.seq, '👍')
      await ada.chat.edit(room, first.seq, 'Hello, both of you!')
      const now = () => bob.timeline(room).find(first.seq)
      await bob.waitFor('the reaction', () => now()?.reactions[0]?.users[0]?.id === cyd.id)
      await bob.waitFor('the edit', () => now()?.text === 'Hello, both of you!' && now()?.editedAt !== undefined)
      await ada.waitFor('the reply', () => ada.timeline(room).find(reply.seq)?.replyTo === first.seq)
      return `#${first.seq} Ada: ${now()?.text} (edited) 👍 Cyd; #${reply.seq} Bob replies to #${first.seq}`
    },
  ],
  [
    'Deleting a message also removes its text from the log',
    async ({ bob, cyd, room }) => {
      const { seq } = await bob.chat.send(room, 'Delete me.')
      await cyd.waitFor('the message', () => cyd.timeline(room).find(seq) !== undefined)
      await bob.chat.delete(room, seq)
      await cyd.waitFor('the deletion', () => cyd.timeline(room).find(seq)?.deleted === true)
      const { entries } = await cyd.chat.history(room, { after: seq - 1, limit: 1 })
      assert(entries[0]?.seq === seq && entries[0].text === undefined, 'the log still has the text')
      return `#${seq} remains in the log, marked as deleted, without its text`
    },
  ],
  [
    'Ada sends Bob a direct message; Cyd is denied access',
    async ({ ada, bob, cyd }) => {
      const direct = await ada.chat.openDirect(bob.id)
      await Promise.all([ada.chat.join(direct), bob.chat.join(direct)])
      const { seq } = await ada.chat.send(direct, 'Between us.')
      await bob.waitFor('the message', () => bob.timeline(direct).find(seq)?.text === 'Between us.')
      const code = await cyd.chat.join(direct).then(
        () => 'joined',
        (error) => asFault(error).code,
      )
      assert(code === 'not_admitted', `Cyd got ${code}, not not_admitted`)
      return 'Bob received it; Cyd got not_admitted'
    },
  ],
  [
    'Ada sees that Cyd is busy and how far Bob has read',
    async ({ ada, bob, cyd, room }) => {
      const newest = ada.timeline(room).messages.at(-1)!.seq
      await cyd.chat.status('busy')
      await bob.chat.receipt(room, newest)
      await ada.waitFor('that Cyd is busy', () =>
        ada.members(room).some(({ id, status }) => id === cyd.id && status === 'busy'),
      )
      await ada.waitFor('how far Bob has read', () => (ada.reads.get(bob.id) ?? 0) >= newest)
      return `Cyd busy; Bob has read up to #${newest}`
    },
  ],
  [
    'Bob switches the transport while Ada sends messages, and misses none',
    async ({ ada, bob, room }) => {
      const from = bob.connection
      const live = bob.chat.next('state', ({ state }) => state === 'live')
      bob.chat.setTransports(['websocket'])
      const texts = Array.from({ length: 10 }, (_, i) => `number ${i + 1}`)
      const sent = await Promise.all(texts.map((text) => ada.chat.send(room, text)))
      await live
      const last = sent.at(-1)!.seq
      await bob.waitFor('the last one', () => bob.timeline(room).find(last) !== undefined)
      const seqs = new Set(sent.map(({ seq }) => seq))
      const received = bob.timeline(room).messages.filter(({ seq }) => seqs.has(seq))
      assert(received.map(({ text }) => text).join() === texts.join(), 'Bob did not receive all of them in order')
      return `${from}, then ${bob.connection}: all 10 of 10, in order`
    },
  ],
  [
    'Messages written while offline are sent once, after reconnecting',
    async ({ bob, cyd, room }) => {
      cyd.chat.setTransports(['websocket'])
      const sending = ['one', 'two', 'three'].map((text) => cyd.chat.send(room, `${text}, written offline`))
      const { waiting } = cyd.chat
      assert(waiting === 3, `${waiting} of 3 were pending`)
      const seqs = (await Promise.all(sending)).map(({ seq }) => seq)
      await bob.waitFor('all three', () => seqs.every((seq) => bob.timeline(room).find(seq)?.by.id === cyd.id))
      return `${waiting} were pending; now they are #${seqs.join(', #')}`
    },
  ],
  [
    'A message with terminal control sequences is displayed safely',
    async ({ ada, bob, room }) => {
      const { seq } = await ada.chat.send(room, '\x1b[2J\x1b]0;gotcha\x07 \u202Ereversed')
      await bob.waitFor('it', () => bob.timeline(room).find(seq) !== undefined)
      const shown = visible(bob.timeline(room).find(seq)?.text ?? '')
      assert(!/[\x00-\x1f\x7f-\x9f\u202e]/.test(shown), 'a control character was not removed')
      return `#${seq} Ada: ${shown}`
    },
  ],
  [
    'The list of rooms, the cluster statistics and the round-trip time',
    async ({ ada, room }) => {
      const took = await timed(() => ada.chat.ping())
      const { chat } = ada
      const [{ rooms }, { online }] = await Promise.all([chat.rooms(), chat.members(room)])
      assert(rooms.length > 0, 'the list of rooms is empty')
      assert(online >= 3, `the room reports ${online} online`)
      const { nodes, connections } = await statsOf(chat, 3)
      assert(connections >= 3, `the cluster reports ${connections} connections`)
      return `${count(rooms.length)} rooms, ${nodes.length} nodes with ${count(connections)} connections, ${took} round trip`
    },
  ],
  [
    'Cyd disconnects, and the others see it',
    async ({ ada, cyd, room }) => {
      const { id } = cyd
      cyd.chat.close()
      const took = await timed(() =>
        ada.waitFor('Cyd leave', () => ada.members(room).every((member) => member.id !== id)),
      )
      return `after ${took}; a quick reconnect would not show`
    },
  ],
]
