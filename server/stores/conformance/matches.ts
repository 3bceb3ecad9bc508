import { expect, test } from '@jest/globals'
import type { User } from '../../../protocol/people.ts'
import type { Pair, Store } from '../../domain/ports.ts'
import { append, findPair, fresh, message, refused, Signal, say, someone, type Three, until } from './cluster.ts'
import { span } from './recording-follower.ts'

/** What a node was told by `watch`, which is called once for each node. */
class RecordedMatches {
  static readonly #of = new WeakMap<Store, RecordedMatches>()
  readonly #signal = new Signal()
  readonly told: (string | undefined)[] = []

  static of(store: Store): RecordedMatches {
    const recordedMatches = RecordedMatches.#of.get(store) ?? new RecordedMatches(store)
    RecordedMatches.#of.set(store, recordedMatches)
    return recordedMatches
  }

  private constructor(store: Store) {
    store.matches.watch((user) => {
      this.told.push(user)
      this.#signal.ring()
    })
  }

  async hears({ id }: User): Promise<void> {
    while (!this.told.includes(id)) await this.#signal.next(`news of ${id}`)
  }
}

const isPair = (found: Pair | 'waiting' | undefined): found is Pair => typeof found === 'object'

export function matches(three: Three): void {
  /** Two who are a pair, found on two nodes. */
  async function couple(one = three.a, other = three.b): Promise<{ ada: User; bob: User; room: string }> {
    const [ada, bob] = [someone(), someone('Bob')]
    expect(await findPair(one, ada)).toBe('waiting')
    const found = await findPair(other, bob)
    if (!isPair(found)) throw new Error('Bob waits, though Ada does.')
    expect(found.stranger).toEqual(ada)
    return { ada, bob, room: found.room }
  }

  const part = (...people: User[]) => Promise.all(people.map(({ id }) => three.a.matches.end(id)))

  test('the first two who come are a pair, in a room of their own, and the one who waited hears of it', async () => {
    const news = RecordedMatches.of(three.a)
    const { ada, bob, room } = await couple()
    expect(room).toMatch(/^match:[0-9a-f]{30}$/)
    await news.hears(ada)
    expect(await findPair(three.a, ada)).toEqual({ room, stranger: bob })
    expect(await three.c.matches.join(ada, room)).toEqual({ room, stranger: bob })
    await part(ada)
  })

  test('a pair is created once', async () => {
    const [ada, bob] = [someone(), someone('Bob')]
    const found = [await three.a.matches.find(ada), await three.b.matches.find(bob)]
    for (const store of three.all) found.push(await store.matches.find(ada), await store.matches.find(bob))
    expect(found.filter((one) => one !== 'waiting' && one.created)).toHaveLength(1)
    await part(ada)
  })

  test('a pair that ends before the one who waited heard of it is never created: they wait again', async () => {
    const [ada, bob, cleo] = [someone(), someone('Bob'), someone('Cleo')]
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

  test('first come, first served: in the order of asking, whatever the nodes', async () => {
    const people = span(1, 6).map((i) => someone(`P${i}`))
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

  test('nobody is paired with themselves, however often they ask, and on however many nodes', async () => {
    const [ada, bob] = [someone(), someone('Bob')]
    const asked = await Promise.all(span(1, 12).map((i) => three.all[i % 3]!.matches.find(ada)))
    expect(new Set(asked)).toEqual(new Set(['waiting']))
    expect(await findPair(three.b, bob)).toMatchObject({ stranger: ada })
    await part(ada)
  })

  test('1,000 people who ask at once on three nodes: each is in one pair, and the two of it agree', async () => {
    const people = span(1, 1_000).map((i) => someone(`P${i}`))
    const at = (i: number) => three.all[i % 3]!
    await Promise.all(people.map((person, i) => findPair(at(i), person)))
    // Once more: who waited knows by now.
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
    const [ada, bob, cleo] = [someone(), someone('Bob'), someone('Cleo')]
    await findPair(three.a, ada)
    await findPair(three.b, ada)
    const pair = await findPair(three.c, bob)
    expect(pair).toMatchObject({ stranger: ada })
    expect(await findPair(three.c, bob)).toEqual(pair)
    expect(await findPair(three.a, cleo)).toBe('waiting')
    expect(await three.a.matches.release(cleo.id)).toBe(false)
    await part(ada)
  })

  test('who is held by no node any more is out of the line', async () => {
    const [ada, bob] = [someone(), someone('Bob')]
    await findPair(three.a, ada)
    await findPair(three.b, ada)
    expect(await three.a.matches.release(ada.id, { waitingOnly: true })).toBe(false)
    // Node b holds her still.
    const { matches } = three.b
    expect(await findPair(three.c, bob)).toMatchObject({ stranger: ada })
    await part(ada)
    await matches.find(ada)
    await matches.release(ada.id, { waitingOnly: true })
    expect(await findPair(three.c, bob)).toBe('waiting')
    await three.c.matches.release(bob.id)
  })

  test('a pair lasts while each is held by a node, and its end is heard where the other is', async () => {
    const { ada, bob, room } = await couple()
    const news = RecordedMatches.of(three.b)
    expect(await three.c.matches.join(ada, room)).toBeDefined()
    expect(await three.a.matches.release(ada.id, { waitingOnly: true })).toBe(true)
    expect(await three.a.matches.release(ada.id)).toBe(true)
    expect(await three.b.matches.join(bob, room)).toBeDefined()
    expect(await three.c.matches.release(ada.id)).toBe(false)
    await news.hears(bob)
    expect(await three.b.matches.join(bob, room)).toBeUndefined()
  })

  test('either may part; both may look again, and parting when in no pair changes nothing', async () => {
    const { ada, bob, room } = await couple()
    const news = RecordedMatches.of(three.a)
    await three.b.matches.end(bob.id)
    await news.hears(ada)
    await three.b.matches.end(bob.id)
    expect(await three.a.matches.join(ada, room)).toBeUndefined()
    expect(await findPair(three.b, bob)).toBe('waiting')
    await three.b.matches.end(bob.id)
    expect(await findPair(three.a, ada)).toMatchObject({ stranger: bob })
    await part(ada)
  })

  test('a room is its two people’s, as long as they are a pair', async () => {
    const { ada, bob, room } = await couple()
    const eve = someone('Eve')
    expect(await three.a.matches.join(eve, room)).toBeUndefined()
    expect(await three.a.matches.join(ada, `match:${fresh()}`)).toBeUndefined()
    expect(await three.c.matches.join(bob, room)).toEqual({ room, stranger: ada })
    await part(ada)
    for (const person of [ada, bob]) expect(await three.c.matches.join(person, room)).toBeUndefined()
  })

  test('a node that closes: its people leave the line, and their pairs end, unless another node holds them', async () => {
    const leaving = await three.another()
    const { ada, bob, room } = await couple(leaving, three.b)
    const kept = await couple(leaving, three.b)
    const [last, cleo] = [someone('Last'), someone('Cleo')]
    expect(await leaving.matches.find(last)).toBe('waiting')
    expect(await three.c.matches.join(kept.ada, kept.room)).toBeDefined()
    const news = RecordedMatches.of(three.b)
    await leaving.close()
    await news.hears(bob)
    expect(await three.b.matches.join(bob, room)).toBeUndefined()
    expect(await three.c.matches.join(ada, room)).toBeUndefined()
    expect(await three.b.matches.join(kept.bob, kept.room)).toEqual({ room: kept.room, stranger: kept.ada })
    expect(await findPair(three.b, cleo)).toBe('waiting')
    await three.b.matches.release(cleo.id)
    await part(kept.ada)
  }, 30_000)

  test('a pair’s log holds 100 entries', async () => {
    const { ada, room } = await couple()
    await say(three.a, room, ada, ...span(1, 130).map(String))
    const page = await three.b.log.read(room, { after: 0, entries: 500 })
    expect(page).toMatchObject({ head: 130, truncated: true })
    expect(page.entries.map(({ seq }) => seq)).toEqual(span(31, 130))
    await part(ada)
  })

  test('the log goes with the pair, what is kept for retries and what was read included, and nothing is added', async () => {
    const { ada, bob, room } = await couple()
    const draft = message(ada, 'a secret', { clientId: 'c1' })
    await append(three.a.log, room, draft)
    await append(three.a.log, room, { kind: 'edit', by: ada, target: 1, text: 'a better secret', clientId: 'c2' })
    await append(three.b.log, room, { kind: 'reaction', by: bob, target: 1, emoji: '👍', on: true })
    await three.b.rooms.markRead(room, bob.id, 1)
    await three.a.matches.end(ada.id)
    await until(async () => (await three.b.log.read(room, { entries: 10 })).entries.length === 0)
    for (const again of [draft, message(bob, 'still there?')]) {
      await refused(append(three.c.log, room, again), 'not_in_room')
    }
    expect((await three.b.log.read(room, { after: 0, entries: 10 })).entries).toEqual([])
  })
}
