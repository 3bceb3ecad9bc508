import { describe, expect, jest, test } from '@jest/globals'
import type { Output } from '../../protocol/commands.ts'
import type { Member } from '../../protocol/people.ts'
import { ChatFault, unanswered } from './fault.ts'
import { Presence } from './presence.ts'

type MembersPage = Output<'members:read'>

const person = (id: string, status: Member['status'] = 'online'): Member => ({ id, name: id, status })
const people = (...ids: string[]) => ids.map((id) => person(id))
const diff = (
  version: number,
  online: number,
  more: { joined?: Member[]; left?: string[]; changed?: Member[] } = {},
) => ({
  room: 'lobby',
  version,
  online,
  joined: [],
  left: [],
  changed: [],
  ...more,
})

function setUp() {
  const reads: { after?: string; answer(page: MembersPage): Promise<void>; fail(fault: ChatFault): Promise<void> }[] =
    []
  const settled = (settle: () => void) => {
    settle()
    return new Promise<void>((done) => setImmediate(done))
  }
  const seen = { changes: 0 }
  const presence = new Presence(
    ({ after }) =>
      new Promise((resolve, reject) => {
        const answer = (page: MembersPage) => settled(() => resolve(page))
        const fail = (fault: ChatFault) => settled(() => reject(fault))
        reads.push({ after, answer, fail })
      }),
    () => void seen.changes++,
  )
  return { presence, reads, seen, ids: () => presence.members.map(({ id }) => id).sort() }
}

function joined(version: number, ...ids: string[]) {
  const room = setUp()
  room.presence.joined({ members: people(...ids), online: ids.length, version })
  return room
}

describe('presence', () => {
  test('applies diffs in order, each once', () => {
    const { presence, ids, seen } = joined(4, 'ada', 'bob')
    presence.apply(diff(5, 2, { joined: people('eve'), left: ['bob'], changed: [person('ada', 'busy')] }))
    presence.apply(diff(5, 9, { left: ['ada'] }))
    expect(ids()).toEqual(['ada', 'eve'])
    expect(presence.members).toContainEqual(person('ada', 'busy'))
    expect(presence.online).toBe(2)
    expect(seen.changes).toBe(2)
  })

  test('after a gap, reads all pages and applies the diffs received in the meantime', async () => {
    const { presence, reads, ids } = joined(4, 'ada', 'bob')
    presence.apply(diff(6, 3))
    presence.apply(diff(7, 3, { left: ['bob'] }))
    presence.apply(diff(8, 4, { joined: people('fay') }))
    await reads[0]!.answer({ members: people('ada', 'bob'), online: 3, version: 6, next: 'bob' })
    await reads[1]!.answer({ members: people('eve'), online: 3, version: 7 })
    expect(reads.map(({ after }) => after)).toEqual([undefined, 'bob'])
    expect(ids()).toEqual(['ada', 'eve', 'fay'])
    expect(presence.online).toBe(4)
  })

  test('retries a failed read without waiting for another diff', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] })
    const { presence, reads, ids } = joined(4, 'ada')
    presence.apply(diff(6, 2))
    await reads[0]!.fail(unanswered('lost'))
    await jest.advanceTimersByTimeAsync(500)
    jest.useRealTimers()
    presence.apply(diff(7, 3, { joined: people('eve') }))
    await reads[1]!.answer({ members: people('ada', 'bob'), online: 2, version: 6 })
    expect(ids()).toEqual(['ada', 'bob', 'eve'])
  })

  test('stops reading after a rejection, until the next diff with a gap', async () => {
    const { presence, reads, ids } = joined(4, 'ada')
    presence.apply(diff(6, 2))
    await reads[0]!.fail(new ChatFault({ code: 'not_in_room', message: 'Join.', retryable: false }))
    expect(reads).toHaveLength(1)
    presence.apply(diff(7, 3))
    await reads[1]!.answer({ members: people('ada', 'bob', 'eve'), online: 3, version: 7 })
    expect(ids()).toEqual(['ada', 'bob', 'eve'])
  })

  test('does not read without a connection', async () => {
    const { presence, reads, ids } = joined(4, 'ada')
    presence.apply(diff(6, 2))
    presence.onDisconnected()
    await reads[0]!.fail(unanswered('lost'))
    expect(reads).toHaveLength(1)
    expect(ids()).toEqual(['ada'])
  })

  test('ignores a read that was overtaken by a new join', async () => {
    const { presence, reads, ids } = joined(4, 'ada')
    presence.apply(diff(6, 2))
    presence.joined({ members: people('bob'), online: 1, version: 1 })
    await reads[0]!.answer({ members: people('ada', 'eve'), online: 2, version: 6 })
    expect(ids()).toEqual(['bob'])
  })

  test('keeps the first page and the count of a large room, and reads all members once it has shrunk', async () => {
    const { presence, reads } = setUp()
    presence.joined({ members: people(...Array.from({ length: 200 }, (_, i) => `u${i}`)), online: 202, version: 1 })
    presence.apply(diff(2, 201))
    expect(presence.online).toBe(201)
    expect(presence.members).toHaveLength(200)
    presence.apply(diff(3, 2))
    await reads[0]!.answer({ members: people('ada', 'bob'), online: 2, version: 3 })
    expect(presence.members).toHaveLength(2)
  })
})
