import { expect, test } from '@jest/globals'
import { SignJWT, UnsecuredJWT } from 'jose'
import type { Secrets } from './ports.ts'
import { Keyring, newUserId, Tokens } from './tokens.ts'

const ada = { id: newUserId(), name: 'Ada' }

class Shelf implements Secrets {
  kept = new Set<string>()
  agree = async (mine: string) => [...(this.kept.size > 0 ? this.kept : this.kept.add(mine))]
  share = async (mine: string) => [...this.kept.add(mine)]
  all = async () => [...this.kept]
}

const keyring = (secrets: Secrets, ...configured: string[]) =>
  new Keyring(secrets, configured.length > 0 ? configured : undefined).open()

test('a token identifies its user', async () => {
  const tokens = new Tokens(await keyring(new Shelf(), 'x'.repeat(32)), 60_000)
  expect(await tokens.verify(await tokens.issue(ada))).toEqual(ada)
})

test('rejects forged, unsigned, expired and foreign tokens', async () => {
  const secret = 'x'.repeat(32)
  const keys = await keyring(new Shelf(), secret)
  const tokens = new Tokens(keys, 60_000)
  const good = await tokens.issue(ada)
  const [head, , tail] = good.split('.')
  const body = Buffer.from(JSON.stringify({ sub: 'root', name: 'Root', exp: 9e9 })).toString('base64url')
  const unsigned = new UnsecuredJWT({ name: 'Ada' }).setSubject(ada.id).setExpirationTime('1h').encode()
  const foreign = await new Tokens(await keyring(new Shelf(), 'y'.repeat(32)), 60_000).issue(ada)
  const zeroes = await new SignJWT({ name: 'Ada' })
    .setProtectedHeader({ alg: 'HS256', kid: 'nobody' })
    .setSubject(ada.id)
    .setExpirationTime('1h')
    .sign(new Uint8Array(32))
  for (const bad of ['', 'x', `${head}.${body}.${tail}`, unsigned, foreign, zeroes]) {
    await expect(tokens.verify(bad)).rejects.toMatchObject({ code: 'unauthorized' })
  }
  const expired = await new Tokens(keys, -1_000).issue(ada)
  await expect(tokens.verify(expired)).rejects.toMatchObject({ code: 'token_expired' })
})

test('the first of several secrets signs and all verify, so that a secret can be rotated node by node', async () => {
  const [old, fresh] = ['z'.repeat(32), 'a'.repeat(32)]
  const steps = [[old], [old, fresh], [fresh, old], [fresh]]
  const nodes = await Promise.all(
    steps.map(async (secrets) => new Tokens(await keyring(new Shelf(), ...secrets), 60_000)),
  )
  for (const [i, node] of nodes.entries()) {
    const token = await node.issue(ada)
    for (const beside of [nodes[i - 1], node, nodes[i + 1]]) {
      if (beside) expect(await beside.verify(token)).toEqual(ada)
    }
  }
  await expect(nodes[3]!.verify(await nodes[0]!.issue(ada))).rejects.toMatchObject({ code: 'unauthorized' })
})

test('nodes share a key through the store and restore the keys of a wiped store', async () => {
  const shelf = new Shelf()
  const [one, two] = [await keyring(shelf), await keyring(shelf)]
  const token = await new Tokens(one, 60_000).issue(ada)
  expect(await new Tokens(two, 60_000).verify(token)).toEqual(ada)

  shelf.kept.clear()
  const newcomer = await keyring(shelf)
  await two.refresh()
  await newcomer.refresh()
  await one.refresh()
  expect(await new Tokens(newcomer, 60_000).verify(token)).toEqual(ada)
  const fresh = await new Tokens(newcomer, 60_000).issue(ada)
  expect(await new Tokens(one, 60_000).verify(fresh)).toEqual(ada)
})
