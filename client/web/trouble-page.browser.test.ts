import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { composer, launch, message, open, say, signIn, trouble } from './test-page.ts'

let cluster: TestCluster
let browser: Browser

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, env: { CONNECTIONS_PER_USER: '2' } })
  browser = await launch()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await cluster?.close()
})
afterEach(async () => {
  cluster.redis!.thaw()
  await Promise.all(browser.contexts().map((context) => context.close()))
})

const arrive = async (name: string) => signIn(await open(browser, cluster.urls[0]!), name)

test('the store is away: it is said, with what waits, and over when it is back', async () => {
  const bob = await arrive('Bob')
  cluster.redis!.freeze()
  await say(bob, 'one')
  await say(bob, 'two')
  await trouble(bob).getByText('2 messages wait to be sent.').waitFor()
  cluster.redis!.thaw()
  await message(bob, 'two').waitFor()
  await trouble(bob).waitFor({ state: 'hidden' })
  expect(await trouble(bob).textContent()).toBe('')
})

test('too many windows: the one too many says so, and comes in when another one closes', async () => {
  const cem = await arrive('Cem')
  const [second, third] = [await cem.context().newPage(), await cem.context().newPage()]
  await second.goto(cluster.urls[0]!)
  await composer(second).waitFor()
  await third.goto(cluster.urls[0]!)
  await third.getByText('You have this chat open too many times. Close another window').waitFor()
  await second.close()
  await composer(third).waitFor()
})
