import { expect, test } from '@jest/globals'
import { someone, type Three, until } from './cluster.ts'

export function people(three: Three): void {
  test('who was remembered is found on every node, under the newest name', async () => {
    const ada = someone(`"Ada" O'Neill \\ 🦜`)
    expect(await three.a.users.find(ada.id)).toBeUndefined()
    await three.a.users.remember(ada)
    for (const store of three.all) expect(await store.users.find(ada.id)).toEqual(ada)
    await three.b.users.remember({ ...ada, name: 'Countess' })
    for (const store of three.all) expect(await store.users.find(ada.id)).toEqual({ ...ada, name: 'Countess' })
  })

  test('nobody is found by a part of an id, or by a word of the language', async () => {
    const ada = someone()
    await three.a.users.remember(ada)
    for (const id of [ada.id.slice(0, -1), `${ada.id}0`, 'constructor', '0']) {
      expect(await three.a.users.find(id)).toBeUndefined()
    }
  })

  test('people are forgotten when they were away for rememberMs', async () => {
    const ada = someone()
    const brief = await three.another({ rememberMs: 100 })
    await brief.users.remember(ada)
    await until(async () => (await brief.users.find(ada.id)) === undefined)
    await brief.users.remember(ada)
    await three.a.users.remember(ada)
    expect(await three.b.users.find(ada.id)).toEqual(ada)
  })
}
