import { expect, test } from '@jest/globals'
import { append, message, newUser, type Three, uniqueName } from './cluster.ts'

export function life(three: Three): void {
  test('an open store is available, and its clock is close to the local one', () => {
    for (const store of three.all) {
      expect(store.unavailableReason()).toBeUndefined()
      expect(Math.abs(store.now() - Date.now())).toBeLessThan(5_000)
    }
  })

  test('a closing store completes the calls in flight', async () => {
    const room = uniqueName()
    const leaving = await three.another()
    const calls = ['one', 'two', 'three'].map((text) => append(leaving.log, room, message(newUser(), text)))
    await leaving.close()
    const entries = await Promise.all(calls)
    expect((await three.a.log.read(room, { entries: 10 })).entries).toEqual(entries)
  })

  test('a node that returns under its name reads earlier entries', async () => {
    const room = uniqueName()
    const node = uniqueName('n')
    const first = await three.another({ node })
    const entry = await append(first.log, room, message(newUser(), 'before'))
    await first.close()
    const second = await three.another({ node })
    expect((await second.log.read(room, { entries: 10 })).entries).toEqual([entry])
  })
}
