import { expect, test } from '@jest/globals'
import type { Entry } from '../../../protocol/entry.ts'
import { PAGE_MAX_ENTRIES, REACTIONS_PER_MESSAGE_MAX } from '../../../protocol/limits.ts'
import type { Draft, Store } from '../../domain/ports.ts'
import { append, expectFault, message, newUser, post, type Three, uniqueName } from './cluster.ts'
import { span } from './recording-follower.ts'

const react = (by: Draft['by'], target: number, emoji: string, on = true) =>
  ({ kind: 'reaction', by, target, emoji, on }) satisfies Draft

/** All entries left in the log, of any number of pages. */
async function left({ log }: Store, room: string) {
  const entries = []
  for (let after = 0, more = true; more; ) {
    const page = await log.read(room, { after, entries: PAGE_MAX_ENTRIES })
    entries.push(...page.entries)
    more = page.more
    after = entries.at(-1)?.seq ?? page.head
  }
  return entries
}

/** The size of entries for the byte limit. */
export const weightOf = (entries: Entry[]): number =>
  entries.reduce((sum, entry) => sum + Buffer.byteLength(JSON.stringify(entry)), 0)

export function bounds(three: Three): void {
  test('reactions and edits do not push messages out of the log, and are trimmed with the preceding message', async () => {
    const room = uniqueName()
    const [ada, mallory] = [newUser(), newUser('Mallory')]
    const short = await three.another({ logMaxEntries: 5 })
    await post(short, room, ada, ...span(1, 5).map(String))
    await Promise.all(span(1, 300).map((i) => append(short.log, room, react(mallory, 1 + (i % 5), '👍', i % 2 === 0))))
    for (const i of span(1, 5)) await append(short.log, room, { kind: 'edit', by: ada, target: 5, text: `${i}!` })
    const all = await left(short, room)
    expect(all.map(({ seq }) => seq)).toEqual(span(1, 310))

    // All of them follow message 5: it is the newest message before them.
    await post(short, room, ada, '6', '7', '8', '9')
    expect((await left(short, room))[0]).toMatchObject({ seq: 5, kind: 'message' })
    await post(short, room, ada, '10')
    // A store may delete a limited number per append, but returns none of them.
    expect((await left(short, room)).map(({ seq }) => seq)).toEqual(span(311, 315))
    await expectFault(append(short.log, room, react(ada, 5, '👍')), 'no_such_entry')
  })

  test('too_many: the number of reactions per message is limited; then only existing ones can be removed, once', async () => {
    const room = uniqueName()
    const [ada, bob, mallory] = [newUser(), newUser('Bob'), newUser('Mallory')]
    await post(three.a, room, ada, 'x', 'y')
    await append(three.a.log, room, { ...react(bob, 1, '👍'), clientId: 'thumb' })
    await append(three.b.log, room, react(bob, 1, '🎉'))
    const others = span(3, REACTIONS_PER_MESSAGE_MAX + 20)
    const tried = await Promise.allSettled(
      others.map((i) => append(three.all[i % 3]!.log, room, react(mallory, 1, '🔥'))),
    )
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(REACTIONS_PER_MESSAGE_MAX - 2)
    await expectFault(append(three.b.log, room, react(ada, 1, '👍')), 'too_many')
    await expectFault(append(three.b.log, room, react(ada, 1, '👍', false)), 'too_many')
    await expectFault(append(three.c.log, room, react(bob, 1, '👍')), 'too_many')
    // A retry of a stored entry returns it nevertheless.
    expect(await append(three.c.log, room, { ...react(bob, 1, '👍'), clientId: 'thumb' })).toMatchObject({ seq: 3 })

    await append(three.a.log, room, react(bob, 1, '👍', false))
    await expectFault(append(three.b.log, room, react(bob, 1, '👍', false)), 'too_many')
    await append(three.c.log, room, react(bob, 1, '🎉', false))
    await append(three.c.log, room, react(ada, 2, '👍'))
    await append(three.a.log, room, { kind: 'delete', by: ada, target: 1 })
  }, 30_000)

  test('a log beyond its byte limit loses its oldest entries, but never its newest', async () => {
    const room = uniqueName()
    const ada = newUser()
    const light = await three.another({ logMaxBytes: 10_000 })
    const weight = async () => weightOf(await left(light, room))
    await post(light, room, ada, ...span(1, 30).map(() => 'é'.repeat(500)))
    expect(await light.log.read(room, { after: 0, entries: 100 })).toMatchObject({ head: 30, truncated: true })
    // One entry takes about 1,150 bytes.
    expect(await weight()).toBeLessThanOrEqual(10_000)
    expect(await weight()).toBeGreaterThan(8_500)

    await post(light, room, ada, 'x'.repeat(4_000), 'x'.repeat(4_000))
    await post(light, room, ada, '🦜'.repeat(4_000))
    expect((await left(light, room)).map(({ seq }) => seq)).toEqual([33])
    await post(light, room, ada, ...span(1, 40).map(String))
    expect(await weight()).toBeLessThanOrEqual(10_000)
    expect((await left(light, room)).length).toBeGreaterThan(35)
  })

  test('a deleted text does not count towards the byte limit', async () => {
    const room = uniqueName()
    const ada = newUser()
    const light = await three.another({ logMaxBytes: 10_000 })
    await post(light, room, ada, ...span(1, 2).map(() => 'x'.repeat(4_000)))
    for (const target of [1, 2]) await append(light.log, room, { kind: 'delete', by: ada, target })
    await post(light, room, ada, ...span(1, 2).map(() => 'x'.repeat(4_000)))
    expect((await left(light, room)).map(({ seq }) => seq)).toEqual(span(1, 6))
    await append(light.log, room, message(ada, 'x'.repeat(2_000)))
    expect((await left(light, room)).at(0)!.seq).toBeGreaterThan(1)
  })
}
