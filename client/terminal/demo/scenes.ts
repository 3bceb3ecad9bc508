import { setTimeout as pause } from 'node:timers/promises'
import type { ClusterStats } from '../../../protocol/stats.ts'
import type { ChatClient } from '../../sdk/client.ts'
import { asFault } from '../../sdk/fault.ts'
import { count } from '../format.ts'
import { visible } from '../visible.ts'
import type { DemoClient } from './person.ts'

export interface Cast {
  ada: DemoClient
  bob: DemoClient
  cyd: DemoClient
  room: string
  timeoutMs: number
}

/** What is claimed, and the doing of it: the answer is what really happened, and a rejection is that it did not. */
export type Scene = [claim: string, run: (cast: Cast) => Promise<string>]

const COUNTED_WITHIN_MS = 8_000

const must = (fact: boolean, sentence: string): void => {
  if (!fact) throw new Error(sentence)
}

async function timed(run: () => Promise<unknown>): Promise<string> {
  const began = performance.now()
  await run()
  return `${(performance.now() - began).toFixed(0)} ms`
}

/** The nodes tell of themselves once a second: who came just now is counted soon. */
async function statsOf(chat: ChatClient, connections: number): Promise<ClusterStats> {
  const began = performance.now()
  for (;;) {
    const stats = await chat.stats()
    if (stats.connections >= connections || performance.now() - began > COUNTED_WITHIN_MS) return stats
    await pause(200)
  }
}

export const scenes: Scene[] = [
  [
    'Three people come, each on a connection of their own',
    async ({ ada, bob, cyd, timeoutMs }) => {
      await Promise.all([ada, bob, cyd].map((person) => person.connect(timeoutMs)))
      return [ada, bob, cyd].map(({ connection: where }) => where).join(', ')
    },
  ],
  [
    'They meet in a room, and each sees who is there',
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
    'Bob types, and Ada sees it',
    async ({ ada, bob, room }) => {
      bob.chat.typing(room, true)
      await ada.waitFor('Bob typing', () => ada.typing.includes(bob.id))
      bob.chat.typing(room, false)
      await ada.waitFor('Bob stop', () => !ada.typing.includes(bob.id))
      return 'Bob is typing… and is not any more'
    },
  ],
  [
    'A message: the log numbers it, and everyone has it under that number',
    async ({ ada, bob, cyd, room }) => {
      let seq = 0
      const took = await timed(async () => {
        seq = (await ada.chat.send(room, 'Hello, everybody!')).seq
        const has = (person: DemoClient) => person.timeline(room).find(seq)?.text === 'Hello, everybody!'
        await Promise.all([ada, bob, cyd].map((person) => person.waitFor('the message', () => has(person))))
      })
      return `#${seq} Ada: Hello, everybody! (all three have it after ${took})`
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
      return `#${first.seq} Ada: ${now()?.text} (edited) 👍 Cyd; #${reply.seq} Bob answers #${first.seq}`
    },
  ],
  [
    'A deletion takes the text out of the log as well',
    async ({ bob, cyd, room }) => {
      const { seq } = await bob.chat.send(room, 'Nobody is to read this later.')
      await cyd.waitFor('the message', () => cyd.timeline(room).find(seq) !== undefined)
      await bob.chat.delete(room, seq)
      await cyd.waitFor('the deletion', () => cyd.timeline(room).find(seq)?.deleted === true)
      const { entries } = await cyd.chat.history(room, { after: seq - 1, limit: 1 })
      must(entries[0]?.seq === seq && entries[0].text === undefined, 'the log still has the text')
      return `#${seq} is there, and says deleted`
    },
  ],
  [
    'Ada writes to Bob alone; Cyd cannot come in',
    async ({ ada, bob, cyd }) => {
      const direct = await ada.chat.openDirect(bob.id)
      await Promise.all([ada.chat.join(direct), bob.chat.join(direct)])
      const { seq } = await ada.chat.send(direct, 'Between us.')
      await bob.waitFor('the message', () => bob.timeline(direct).find(seq)?.text === 'Between us.')
      const code = await cyd.chat.join(direct).then(
        () => 'let in',
        (error) => asFault(error).code,
      )
      must(code === 'not_admitted', `Cyd was answered ${code}`)
      return 'Bob read it; Cyd was answered not_admitted'
    },
  ],
  [
    'Cyd is busy, and Bob has read everything: Ada sees both',
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
    'Bob changes the transport while Ada goes on talking, and misses nothing',
    async ({ ada, bob, room }) => {
      const from = bob.connection
      const live = bob.chat.next('state', ({ state }) => state === 'live')
      bob.chat.setTransports(['websocket'])
      const texts = Array.from({ length: 10 }, (_, i) => `number ${i + 1}`)
      const said = await Promise.all(texts.map((text) => ada.chat.send(room, text)))
      await live
      const last = said.at(-1)!.seq
      await bob.waitFor('the last one', () => bob.timeline(room).find(last) !== undefined)
      const seqs = new Set(said.map(({ seq }) => seq))
      const heard = bob.timeline(room).messages.filter(({ seq }) => seqs.has(seq))
      must(heard.map(({ text }) => text).join() === texts.join(), 'Bob has not all of them, in order')
      return `${from}, then ${bob.connection}: all 10 of 10, in order`
    },
  ],
  [
    'What is said without a connection waits, and is sent once',
    async ({ bob, cyd, room }) => {
      cyd.chat.setTransports(['websocket'])
      const sending = ['one', 'two', 'three'].map((text) => cyd.chat.send(room, `${text}, from nowhere`))
      const { waiting } = cyd.chat
      must(waiting === 3, `${waiting} of 3 waited`)
      const seqs = (await Promise.all(sending)).map(({ seq }) => seq)
      await bob.waitFor('all three', () => seqs.every((seq) => bob.timeline(room).find(seq)?.by.id === cyd.id))
      return `${waiting} waited; they are #${seqs.join(', #')}`
    },
  ],
  [
    'A hostile text is shown, and not obeyed',
    async ({ ada, bob, room }) => {
      const { seq } = await ada.chat.send(room, '\x1b[2J\x1b]0;gotcha\x07 \u202Ereversed')
      await bob.waitFor('it', () => bob.timeline(room).find(seq) !== undefined)
      const shown = visible(bob.timeline(room).find(seq)?.text ?? '')
      must(!/[\x00-\x1f\x7f-\x9f\u202e]/.test(shown), 'a control character is left')
      return `#${seq} Ada: ${shown}`
    },
  ],
  [
    'The rooms, the cluster, and how far away it is',
    async ({ ada, room }) => {
      const took = await timed(() => ada.chat.ping())
      const { chat } = ada
      const [{ rooms }, { online }] = await Promise.all([chat.rooms(), chat.members(room)])
      must(rooms.length > 0, 'the list has no room')
      must(online >= 3, `${online} are said to be in the room`)
      const { nodes, connections } = await statsOf(chat, 3)
      must(connections >= 3, `the cluster counts ${connections} connections`)
      return `${count(rooms.length)} rooms, ${nodes.length} nodes with ${count(connections)} connections, ${took} there and back`
    },
  ],
  [
    'Cyd goes, and the others see it',
    async ({ ada, cyd, room }) => {
      const { id } = cyd
      cyd.chat.close()
      const took = await timed(() =>
        ada.waitFor('Cyd leave', () => ada.members(room).every((member) => member.id !== id)),
      )
      return `after ${took}; one who comes back at once was never gone`
    },
  ],
]
