import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { composer, connectionProblem, launch, message, open, send, signIn } from './test-page.ts'

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

test('shows the number of unsent messages while the store is unavailable', async () => {
  const bob = await arrive('Bob')
  cluster.redis!.freeze()
  await send(bob, 'one')
  await send(bob, 'two')
  await connectionProblem(bob).getByText('2 unsent messages').waitFor()
  cluster.redis!.thaw()
  await message(bob, 'two').waitFor()
  await connectionProblem(bob).waitFor({ state: 'hidden' })
  expect(await connectionProblem(bob).textContent()).toBe('')
})

test('explains the connection limit, and connects when another window is closed', async () => {
  const cem = await arrive('Cem')
  const [second, third] = [await cem.context().newPage(), await cem.context().newPage()]
  await second.goto(cluster.urls[0]!)
  await composer(second).waitFor()
  await third.goto(cluster.urls[0]!)
  await third.getByText('You have too many windows open. Close another one').waitFor()
  await second.close()
  await composer(third).waitFor()
})
