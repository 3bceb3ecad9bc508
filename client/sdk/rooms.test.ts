import { expect, test } from '@jest/globals'
import type { Output } from '../../protocol/commands.ts'
import type { Payload } from '../../protocol/events.ts'
import type { Connection } from './connection.ts'
import { Emitter } from './emitter.ts'
import { Rooms } from './rooms.ts'

const person = (id: string) => ({ id, name: id, status: 'online' as const })
const nothing = { joined: [], left: [], changed: [] }

/** A connection whose requests are answered by the test. */
class FakeConnection extends Emitter<{ presence: Payload<'presence'> }> {
  readonly answers: ((value: unknown) => void)[] = []
  readonly call = () => new Promise((resolve) => this.answers.push(resolve))
  markSyncing() {}
  markLive() {}

  /** The answer to room:join and a diff, received in one packet as with long-polling. */
  receiveTogether(answer: Partial<Output<'room:join'>>, diff: Partial<Payload<'presence'>>): void {
    const log = { room: 'lobby', epoch: 'e1', head: 0, entries: [], more: false, truncated: false }
    this.answers.at(-1)?.({ ...log, ...answer })
    this.emit('presence', { room: 'lobby', version: 0, online: 0, ...nothing, ...diff })
  }
}

test.each([
  ['first join', undefined],
  ['rejoin on another node with unrelated versions', 90],
  ['rejoin on another node with similar versions', 4],
])('applies a diff that arrives in the same packet as the answer: %s', async (_, before) => {
  const connection = new FakeConnection()
  const emitted: string[][] = []
  const rooms = new Rooms(
    connection as unknown as Connection,
    () => 'ada',
    (event, payload) => {
      if (event === 'members') emitted.push((payload as { members: { id: string }[] }).members.map(({ id }) => id))
    },
  )
  const stream = rooms.add('lobby')
  void stream.join()
  if (before !== undefined) {
    connection.receiveTogether(
      { members: [person('ada'), person('dan')], online: 2, version: before },
      { version: before },
    )
    await stream.ready
    void rooms.rejoin()
  }
  connection.receiveTogether(
    { members: [person('ada'), person('bob')], online: 2, version: 4 },
    { version: 5, online: 2, joined: [person('cyd')], left: ['bob'] },
  )
  await new Promise((resolve) => setImmediate(resolve))
  expect(emitted.at(-1)).toEqual(['ada', 'cyd'])
})
