import { expect, test } from '@jest/globals'
import { AdminTokens } from './admin-token.ts'
import type { Secrets } from './ports.ts'
import { Keyring } from './tokens.ts'

class Shelf implements Secrets {
  kept = new Set<string>()
  agree = async (mine: string) => [...(this.kept.size > 0 ? this.kept : this.kept.add(mine))]
  share = async (mine: string) => [...this.kept.add(mine)]
  all = async () => [...this.kept]
}

const admin = async (secrets: Secrets, configured?: string) =>
  new AdminTokens(await new Keyring(secrets).open(), configured)
const soon = () => Date.now() + 60_000

test('nodes with one store make the same token, also after a restart; another store makes another', async () => {
  const shelf = new Shelf()
  const [one, two, other] = [await admin(shelf), await admin(shelf), await admin(new Shelf())]
  expect(one.made).toMatch(/^[\w-]{43}$/)
  expect(two.made).toBe(one.made)
  expect(two.admits(one.made!)).toBe(true)
  expect(other.admits(one.made!)).toBe(false)
})

test('what two nodes made at the same moment stays good once they know of each other', async () => {
  const shelf = new Shelf()
  const keys = [new Keyring(shelf), new Keyring(shelf)]
  await Promise.all(keys.map((each) => each.open()))
  const printed = keys.map((each) => new AdminTokens(each).made!)
  for (const each of keys) await each.refresh()
  for (const each of keys) for (const token of printed) expect(new AdminTokens(each).admits(token)).toBe(true)
})

test('a configured token stands alone, and is not told', async () => {
  const shelf = new Shelf()
  const made = (await admin(shelf)).made!
  const own = await admin(shelf, 'open sesame, please')
  expect(own.made).toBeUndefined()
  expect(own.admits('open sesame, please')).toBe(true)
  for (const wrong of ['', 'open sesame, pleas', 'open sesame, please ', made]) expect(own.admits(wrong)).toBe(false)
})

test('before the store has answered nobody is let in', () => {
  const starting = new AdminTokens(new Keyring(new Shelf()))
  expect(starting.made).toBeUndefined()
  expect(starting.admits('')).toBe(false)
})

test('a pass is good for its time, on every node, and holds no token', async () => {
  const shelf = new Shelf()
  const [one, two] = [await admin(shelf), await admin(shelf)]
  const pass = one.pass(one.made!, soon())!
  expect(two.holds(pass)).toBe(true)
  expect(pass).not.toContain(one.made)
  expect(one.pass('wrong', soon())).toBeUndefined()
  const [until, sealed] = pass.split('.')
  const late = one.pass(one.made!, Date.now() - 1)!
  for (const wrong of [
    '',
    '.',
    pass.slice(0, -1),
    `${Number(until) + 1}.${sealed}`,
    `1e300.${sealed}`,
    sealed!,
    late,
  ]) {
    expect(two.holds(wrong)).toBe(false)
  }
})
