import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { connectionProblem, launch, message, messages, open, send, signIn } from './test-page.ts'

let cluster: TestCluster
let browser: Browser

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
  browser = await launch()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await cluster?.close()
})
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
})

const arrive = async (name: string, node: number) => signIn(await open(browser, cluster.urls[node]!), name)
const unsaid = (page: Page, text: string) => page.locator('.unsaid').filter({ hasText: text })

test('sends pending messages exactly once after a reload while the store is unavailable', async () => {
  const [ada, bob] = await Promise.all([arrive('Ada', 0), arrive('Bob', 1)])
  cluster.redis!.freeze()
  await send(ada, 'Kept?')
  await send(ada, 'Both of them?')
  await connectionProblem(ada).getByText('as soon as the connection is back. 2 unsent messages').waitFor()
  await ada.reload()
  await ada.getByText("Can't connect.").waitFor()
  cluster.redis!.thaw()
  await message(ada, 'Both of them?').waitFor()
  await send(ada, 'Both!')
  await message(bob, 'Both!').waitFor()
  await message(ada, 'Both!').waitFor()
  expect(await messages(bob, '').locator('.text').allTextContents()).toEqual(['Kept?', 'Both of them?', 'Both!'])
  expect(await unsaid(ada, '').count()).toBe(0)
})

test('asks about messages that may have been sent and cannot be verified', async () => {
  const [cem, dag] = await Promise.all([arrive('Cem', 0), arrive('Dag', 1)])
  await cem.evaluate(() => {
    const tried = { at: Date.now() - 3_600_000, epoch: 'of-a-log-that-is-over', head: 1 }
    for (const text of ['Twice?', 'Never mind.']) {
      const clientId = text.length.toString()
      const letter = {
        command: 'message:send',
        input: { room: 'corner', text, clientId },
        writtenAt: Date.now(),
        tried,
      }
      localStorage.setItem(`hubbub.letters:a-tab-that-is-gone:${clientId}`, JSON.stringify(letter))
    }
  })
  await cem.reload()
  await cem.getByRole('link', { name: 'corner' }).click()
  await dag.goto(`${cluster.urls[1]}/#/room/corner`)
  await unsaid(cem, 'Twice?').getByText('may have been sent').waitFor()
  await unsaid(cem, 'Never mind.').getByRole('button', { name: 'Discard' }).click()
  await unsaid(cem, 'Never mind.').waitFor({ state: 'detached' })
  await unsaid(cem, 'Twice?').getByRole('button', { name: 'Send again' }).click()
  await message(dag, 'Twice?').waitFor()
  await cem.reload()
  await message(cem, 'Twice?').waitFor()
  await send(cem, 'Once.')
  await message(dag, 'Once.').waitFor()
  await message(cem, 'Once.').waitFor()
  expect(await messages(dag, '').locator('.text').allTextContents()).toEqual(['Twice?', 'Once.'])
  expect(await unsaid(cem, '').count()).toBe(0)
})

test('a second tab sends the pending messages of a closed tab', async () => {
  const [eve, fay] = await Promise.all([arrive('Eve', 0), arrive('Fay', 1)])
  const second = await eve.context().newPage()
  await second.goto(cluster.urls[0]!)
  await second.getByText('No messages yet').or(second.getByRole('log').getByRole('listitem')).first().waitFor()
  await eve.context().setOffline(true)
  await connectionProblem(eve).waitFor()
  await send(eve, 'Anybody there?')
  await eve.close()
  await unsaid(second, 'Anybody there?').waitFor()
  await second.context().setOffline(false)
  await message(fay, 'Anybody there?').waitFor()
  await send(second, 'Somebody.')
  await message(fay, 'Somebody.').waitFor()
  expect(await messages(fay, 'Anybody there?').count()).toBe(1)
})

test('a selected status survives a reload', async () => {
  const [gil, hal] = await Promise.all([arrive('Gil', 0), arrive('Hal', 1)])
  await gil.getByLabel('Your status').selectOption('busy')
  const seen = hal.getByRole('complementary', { name: 'Members' }).getByRole('listitem').filter({ hasText: 'Gil' })
  await seen.getByText('busy').waitFor()
  await gil.reload()
  await gil.getByRole('complementary', { name: 'Members' }).getByText('you, busy').waitFor()
  expect(await gil.getByLabel('Your status').inputValue()).toBe('busy')
})
