import { expect, test } from '@jest/globals'
import { AdminTokens } from './admin-token.ts'
import type { Secrets } from './ports.ts'
import { Keyring } from './tokens.ts'

class Shelf implements Secrets {
  kept = new Set<string>()
  agree = async (key: string) => [...(this.kept.size > 0 ? this.kept : this.kept.add(key))]
  share = async (key: string) => [...this.kept.add(key)]
  all = async () => [...this.kept]
}

const admin = async (secrets: Secrets, configured?: string) =>
  new AdminTokens(await new Keyring(secrets).open(), configured)
const soon = () => Date.now() + 60_000

test('nodes with the same store derive the same token, also after a restart', async () => {
  const shelf = new Shelf()
  const [one, two, other] = [await admin(shelf), await admin(shelf), await admin(new Shelf())]
  expect(one.generated).toMatch(/^[\w-]{43}$/)
  expect(two.generated).toBe(one.generated)
  expect(two.accepts(one.generated!)).toBe(true)
  expect(other.accepts(one.generated!)).toBe(false)
})

test('tokens derived concurrently by two nodes stay valid on both', async () => {
  const shelf = new Shelf()
  const keys = [new Keyring(shelf), new Keyring(shelf)]
  await Promise.all(keys.map((each) => each.open()))
  const printed = keys.map((each) => new AdminTokens(each).generated!)
  for (const each of keys) await each.refresh()
  for (const each of keys) for (const token of printed) expect(new AdminTokens(each).accepts(token)).toBe(true)
})

test('a configured token replaces the derived one and is not exposed', async () => {
  const shelf = new Shelf()
  const made = (await admin(shelf)).generated!
  const own = await admin(shelf, 'open sesame, please')
  expect(own.generated).toBeUndefined()
  expect(own.accepts('open sesame, please')).toBe(true)
  for (const wrong of ['', 'open sesame, pleas', 'open sesame, please ', made]) expect(own.accepts(wrong)).toBe(false)
})

test('rejects every token until the keys are loaded', () => {
  const starting = new AdminTokens(new Keyring(new Shelf()))
  expect(starting.generated).toBeUndefined()
  expect(starting.accepts('')).toBe(false)
})

test('a cookie is valid on every node until it expires, and does not contain the token', async () => {
  const shelf = new Shelf()
  const [one, two] = [await admin(shelf), await admin(shelf)]
  const pass = one.createCookie(one.generated!, soon())!
  expect(two.acceptsCookie(pass)).toBe(true)
  expect(pass).not.toContain(one.generated)
  expect(one.createCookie('wrong', soon())).toBeUndefined()
  const [until, sealed] = pass.split('.')
  const late = one.createCookie(one.generated!, Date.now() - 1)!
  for (const wrong of [
    '',
    '.',
    pass.slice(0, -1),
    `${Number(until) + 1}.${sealed}`,
    `1e300.${sealed}`,
    sealed!,
    late,
  ]) {
    expect(two.acceptsCookie(wrong)).toBe(false)
  }
})
