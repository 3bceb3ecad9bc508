import { expect, test } from '@jest/globals'
import type { Output } from '../../protocol/commands.ts'
import type { Payload } from '../../protocol/events.ts'
import type { Connection } from './connection.ts'
import { Emitter } from './emitter.ts'
import { Rooms } from './rooms.ts'

const person = (id: string) => ({ id, name: id, status: 'online' as const })
const nothing = { joined: [], left: [], changed: [] }

/** A connection whose commands the test answers. */
class Line extends Emitter<{ presence: Payload<'presence'> }> {
  readonly answers: ((value: unknown) => void)[] = []
  readonly call = () => new Promise((resolve) => this.answers.push(resolve))
  fallBehind() {}
  caughtUp() {}

  /** The answer to room:join and what follows it, come in one piece, as a poll brings them. */
  bringsTogether(answer: Partial<Output<'room:join'>>, diff: Partial<Payload<'presence'>>): void {
    const log = { room: 'lobby', epoch: 'e1', head: 0, entries: [], more: false, truncated: false }
    this.answers.at(-1)?.({ ...log, ...answer })
    this.emit('presence', { room: 'lobby', version: 0, online: 0, ...nothing, ...diff })
  }
}

test.each([
  ['joining for the first time', undefined],
  ['joining again on another node, whose versions are others', 90],
  ['joining again on another node, whose versions are about the same', 4],
])('what comes in one piece with the answer is told after it: %s', async (_, before) => {
  const line = new Line()
  const told: string[][] = []
  const rooms = new Rooms(
    line as unknown as Connection,
    () => 'ada',
    (event, payload) => {
      if (event === 'members') told.push((payload as { members: { id: string }[] }).members.map(({ id }) => id))
    },
  )
  const stream = rooms.add('lobby')
  void stream.join()
  if (before !== undefined) {
    line.bringsTogether({ members: [person('ada'), person('dan')], online: 2, version: before }, { version: before })
    await stream.ready
    void rooms.rejoin()
  }
  line.bringsTogether(
    { members: [person('ada'), person('bob')], online: 2, version: 4 },
    { version: 5, online: 2, joined: [person('cyd')], left: ['bob'] },
  )
  await new Promise((resolve) => setImmediate(resolve))
  expect(told.at(-1)).toEqual(['ada', 'cyd'])
})
