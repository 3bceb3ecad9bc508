import { expect, test } from '@jest/globals'
import { newUser, type Three, until } from './cluster.ts'

export function people(three: Three): void {
  test('a remembered user is found on every node, under the newest name', async () => {
    const ada = newUser(`"Ada" O'Neill \\ 🦜`)
    expect(await three.a.users.find(ada.id)).toBeUndefined()
    await three.a.users.remember(ada)
    for (const store of three.all) expect(await store.users.find(ada.id)).toEqual(ada)
    await three.b.users.remember({ ...ada, name: 'Countess' })
    for (const store of three.all) expect(await store.users.find(ada.id)).toEqual({ ...ada, name: 'Countess' })
  })

  test('part of an id, or a JavaScript property name, finds no user', async () => {
    const ada = newUser()
    await three.a.users.remember(ada)
    for (const id of [ada.id.slice(0, -1), `${ada.id}0`, 'constructor', '0']) {
      expect(await three.a.users.find(id)).toBeUndefined()
    }
  })

  test('users are forgotten after an absence of rememberMs', async () => {
    const ada = newUser()
    const brief = await three.another({ rememberMs: 100 })
    await brief.users.remember(ada)
    await until(async () => (await brief.users.find(ada.id)) === undefined)
    await brief.users.remember(ada)
    await three.a.users.remember(ada)
    expect(await three.b.users.find(ada.id)).toEqual(ada)
  })
}
