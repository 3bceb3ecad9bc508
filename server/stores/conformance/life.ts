import { expect, test } from '@jest/globals'
import { append, fresh, message, someone, type Three } from './cluster.ts'

export function life(three: Three): void {
  test('an opened store ails nothing, and its clock is about ours', () => {
    for (const store of three.all) {
      expect(store.unavailableReason()).toBeUndefined()
      expect(Math.abs(store.now() - Date.now())).toBeLessThan(5_000)
    }
  })

  test('a closing store answers the calls under way', async () => {
    const room = fresh()
    const leaving = await three.another()
    const calls = ['one', 'two', 'three'].map((text) => append(leaving.log, room, message(someone(), text)))
    await leaving.close()
    const entries = await Promise.all(calls)
    expect((await three.a.log.read(room, { entries: 10 })).entries).toEqual(entries)
  })

  test('a node that comes back under its name finds what was said before', async () => {
    const room = fresh()
    const node = fresh('n')
    const first = await three.another({ node })
    const entry = await append(first.log, room, message(someone(), 'before'))
    await first.close()
    const second = await three.another({ node })
    expect((await second.log.read(room, { entries: 10 })).entries).toEqual([entry])
  })
}
