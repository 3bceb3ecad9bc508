import { expect, test } from '@jest/globals'
import type { User } from '../../../protocol/people.ts'
import type { Pair, Store } from '../../domain/ports.ts'
import {
  append,
  expectFault,
  findPair,
  message,
  newUser,
  post,
  Signal,
  type Three,
  uniqueName,
  until,
} from './cluster.ts'
import { span } from './recording-follower.ts'

/** The events of a node's `watch`, which is called once per node. */
class RecordedMatches {
  static readonly #of = new WeakMap<Store, RecordedMatches>()
  readonly #signal = new Signal()
  readonly events: (string | undefined)[] = []

  static of(store: Store): RecordedMatches {
    const recorded = RecordedMatches.#of.get(store) ?? new RecordedMatches(store)
    RecordedMatches.#of.set(store, recorded)
    return recorded
  }

  private constructor(store: Store) {
    store.matches.watch((user) => {
      this.events.push(user)
      this.#signal.emit()
    })
  }

  async waitFor({ id }: User): Promise<void> {
    while (!this.events.includes(id)) await this.#signal.next(`an event for ${id}`)
  }
}

const isPair = (found: Pair | 'waiting' | undefined): found is Pair => typeof found === 'object'

export function matches(three: Three): void {
  /** A new pair of users, who search on two nodes. */
  async function couple(one = three.a, other = three.b): Promise<{ ada: User; bob: User; room: string }> {
    const [ada, bob] = [newUser(), newUser('Bob')]
    expect(await findPair(one, ada)).toBe('waiting')
    const found = await findPair(other, bob)
    if (!isPair(found)) throw new Error('Bob waits, though Ada does.')
    expect(found.stranger).toEqual(ada)
    return { ada, bob, room: found.room }
  }

  const part = (...people: User[]) => Promise.all(people.map(({ id }) => three.a.matches.end(id)))

  test('the first two users are paired in a new room, and the one who waited is notified', async () => {
    const changes = RecordedMatches.of(three.a)
    const { ada, bob, room } = await couple()
    expect(room).toMatch(/^match:[0-9a-f]{30}$/)
    await changes.waitFor(ada)
    expect(await findPair(three.a, ada)).toEqual({ room, stranger: bob })
    expect(await three.c.matches.join(ada, room)).toEqual({ room, stranger: bob })
    await part(ada)
  })

  test('a pair is reported as created once', async () => {
    const [ada, bob] = [newUser(), newUser('Bob')]
    const found = [await three.a.matches.find(ada), await three.b.matches.find(bob)]
    for (const store of three.all) found.push(await store.matches.find(ada), await store.matches.find(bob))
    expect(found.filter((one) => one !== 'waiting' && one.created)).toHaveLength(1)
    await part(ada)
  })

  test('a pair that ends before the waiting user was events of it is never reported as created: that user waits again', async () => {
    const [ada, bob, cleo] = [newUser(), newUser('Bob'), newUser('Cleo')]
    const found = [await three.a.matches.find(ada), await three.b.matches.find(bob)]
    await three.b.matches.end(bob.id)
    found.push(await three.a.matches.find(ada), await three.c.matches.find(cleo), await three.a.matches.find(ada))
    expect(found.map((one) => (one === 'waiting' ? one : [one.pair.stranger.name, one.created]))).toEqual([
      'waiting',
      [ada.name, false],
      'waiting',
      [ada.name, false],
      ['Cleo', true],
    ])
    await part(ada)
  })

  test('pairs users in the order of their requests, on any node', async () => {
    const people = span(1, 6).map((i) => newUser(`P${i}`))
    const found: (Pair | 'waiting')[] = []
    for (const [i, person] of people.entries()) found.push(await findPair(three.all[i % 3]!, person))
    expect(found.map((one) => (isPair(one) ? one.stranger.name : one))).toEqual([
      'waiting',
      'P1',
      'waiting',
      'P3',
      'waiting',
      'P5',
    ])
    await part(...people)
  })

  test('a user is never paired with themselves, however often and on however many nodes they ask', async () => {
    const [ada, bob] = [newUser(), newUser('Bob')]
    const asked = await Promise.all(span(1, 12).map((i) => three.all[i % 3]!.matches.find(ada)))
    expect(new Set(asked)).toEqual(new Set(['waiting']))
    expect(await findPair(three.b, bob)).toMatchObject({ stranger: ada })
    await part(ada)
  })

  test('1,000 concurrent requests on three nodes: each user is in one pair, and both sides agree', async () => {
    const people = span(1, 1_000).map((i) => newUser(`P${i}`))
    const at = (i: number) => three.all[i % 3]!
    await Promise.all(people.map((person, i) => findPair(at(i), person)))
    // Once more: by now, users who waited are paired.
    const found = await Promise.all(people.map((person, i) => findPair(at(i), person)))
    const rooms = new Map<string, string[]>()
    for (const [i, pair] of found.entries()) {
      if (!isPair(pair)) throw new Error(`${people[i]!.name} waits.`)
      expect(pair.stranger.id).not.toBe(people[i]!.id)
      rooms.set(pair.room, [...(rooms.get(pair.room) ?? []), people[i]!.id, pair.stranger.id])
    }
    expect(rooms.size).toBe(500)
    for (const ids of rooms.values()) {
      expect(ids).toHaveLength(4)
      expect(new Set(ids).size).toBe(2)
    }
    await part(...people)
  }, 60_000)

  test('asking again keeps the place in line, and the pair', async () => {
    const [ada, bob, cleo] = [newUser(), newUser('Bob'), newUser('Cleo')]
    await findPair(three.a, ada)
    await findPair(three.b, ada)
    const pair = await findPair(three.c, bob)
    expect(pair).toMatchObject({ stranger: ada })
    expect(await findPair(three.c, bob)).toEqual(pair)
    expect(await findPair(three.a, cleo)).toBe('waiting')
    expect(await three.a.matches.release(cleo.id)).toBe(false)
    await part(ada)
  })

  test('a user whom no node holds leaves the line', async () => {
    const [ada, bob] = [newUser(), newUser('Bob')]
    await findPair(three.a, ada)
    await findPair(three.b, ada)
    expect(await three.a.matches.release(ada.id, { waitingOnly: true })).toBe(false)
    // Node b still holds her.
    const { matches } = three.b
    expect(await findPair(three.c, bob)).toMatchObject({ stranger: ada })
    await part(ada)
    await matches.find(ada)
    await matches.release(ada.id, { waitingOnly: true })
    expect(await findPair(three.c, bob)).toBe('waiting')
    await three.c.matches.release(bob.id)
  })

  test('a pair lasts while a node holds each user, and the node of the other user is notified of its end', async () => {
    const { ada, bob, room } = await couple()
    const changes = RecordedMatches.of(three.b)
    expect(await three.c.matches.join(ada, room)).toBeDefined()
    expect(await three.a.matches.release(ada.id, { waitingOnly: true })).toBe(true)
    expect(await three.a.matches.release(ada.id)).toBe(true)
    expect(await three.b.matches.join(bob, room)).toBeDefined()
    expect(await three.c.matches.release(ada.id)).toBe(false)
    await changes.waitFor(bob)
    expect(await three.b.matches.join(bob, room)).toBeUndefined()
  })

  test('either user may end the pair; both can search again, and ending without a pair has no effect', async () => {
    const { ada, bob, room } = await couple()
    const changes = RecordedMatches.of(three.a)
    await three.b.matches.end(bob.id)
    await changes.waitFor(ada)
    await three.b.matches.end(bob.id)
    expect(await three.a.matches.join(ada, room)).toBeUndefined()
    expect(await findPair(three.b, bob)).toBe('waiting')
    await three.b.matches.end(bob.id)
    expect(await findPair(three.a, ada)).toMatchObject({ stranger: bob })
    await part(ada)
  })

  test('a match room belongs to its two users while they are paired', async () => {
    const { ada, bob, room } = await couple()
    const eve = newUser('Eve')
    expect(await three.a.matches.join(eve, room)).toBeUndefined()
    expect(await three.a.matches.join(ada, `match:${uniqueName()}`)).toBeUndefined()
    expect(await three.c.matches.join(bob, room)).toEqual({ room, stranger: ada })
    await part(ada)
    for (const person of [ada, bob]) expect(await three.c.matches.join(person, room)).toBeUndefined()
  })

  test('a closing node: its users leave the line and their pairs end, unless another node holds them', async () => {
    const leaving = await three.another()
    const { ada, bob, room } = await couple(leaving, three.b)
    const kept = await couple(leaving, three.b)
    const [last, cleo] = [newUser('Last'), newUser('Cleo')]
    expect(await leaving.matches.find(last)).toBe('waiting')
    expect(await three.c.matches.join(kept.ada, kept.room)).toBeDefined()
    const changes = RecordedMatches.of(three.b)
    await leaving.close()
    await changes.waitFor(bob)
    expect(await three.b.matches.join(bob, room)).toBeUndefined()
    expect(await three.c.matches.join(ada, room)).toBeUndefined()
    expect(await three.b.matches.join(kept.bob, kept.room)).toEqual({ room: kept.room, stranger: kept.ada })
    expect(await findPair(three.b, cleo)).toBe('waiting')
    await three.b.matches.release(cleo.id)
    await part(kept.ada)
  }, 30_000)

  test('the log of a match holds 100 entries', async () => {
    const { ada, room } = await couple()
    await post(three.a, room, ada, ...span(1, 130).map(String))
    const page = await three.b.log.read(room, { after: 0, entries: 500 })
    expect(page).toMatchObject({ head: 130, truncated: true })
    expect(page.entries.map(({ seq }) => seq)).toEqual(span(31, 130))
    await part(ada)
  })

  test('the log is deleted with the pair, including data for retries and read marks, and accepts no entries', async () => {
    const { ada, bob, room } = await couple()
    const draft = message(ada, 'a secret', { clientId: 'c1' })
    await append(three.a.log, room, draft)
    await append(three.a.log, room, { kind: 'edit', by: ada, target: 1, text: 'a better secret', clientId: 'c2' })
    await append(three.b.log, room, { kind: 'reaction', by: bob, target: 1, emoji: '👍', on: true })
    await three.b.rooms.markRead(room, bob.id, 1)
    await three.a.matches.end(ada.id)
    await until(async () => (await three.b.log.read(room, { entries: 10 })).entries.length === 0)
    for (const again of [draft, message(bob, 'still there?')]) {
      await expectFault(append(three.c.log, room, again), 'not_in_room')
    }
    expect((await three.b.log.read(room, { after: 0, entries: 10 })).entries).toEqual([])
  })
}
