import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { launch, message, open, openDirectRoom, openRoom, send, signIn, waitForTitle } from './test-page.ts'

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

const arrive = async (name: string, node = 0, address = '') =>
  signIn(await open(browser, `${cluster.urls[node]}/${address}`), name)
const list = (page: Page) => page.getByRole('navigation', { name: 'Rooms' })
const link = (page: Page, name: string | RegExp) => list(page).getByRole('link', { name })
const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 })

describe('the room list', () => {
  test('shows the last message and unread count of each room, most recent first', async () => {
    const [ada, bob] = await Promise.all([arrive('Ada'), arrive('Bob', 1)])
    for (const room of ['attic', 'barn']) {
      await openRoom(ada, room)
      await send(ada, `Ada is in the ${room}`)
      await openRoom(bob, room)
    }
    await openRoom(ada, 'lobby')
    await openRoom(bob, 'attic')
    await send(bob, 'one')
    await send(bob, 'two')
    await link(ada, 'attic, 2 unread').getByText('Bob: two').waitFor()
    expect(await link(ada, /^lobby/).getAttribute('aria-current')).toBe('page')
    const names = await list(ada).getByRole('region', { name: 'Rooms' }).locator('.title').allTextContents()
    expect(names.indexOf('attic')).toBeLessThan(names.indexOf('barn'))
    await link(ada, 'attic, 2 unread').click()
    await link(ada, 'attic').and(ada.locator('[aria-current]')).waitFor()
    await send(ada, 'three')
    await link(ada, 'attic').getByText('You: three').waitFor()
  })

  test('read messages are read in every window, even if the page closes immediately afterwards', async () => {
    const [pia, quin] = await Promise.all([arrive('Pia'), arrive('Quin', 1)])
    await openRoom(pia, 'porch')
    await openRoom(quin, 'porch')
    await send(quin, 'hello')
    await message(pia, 'hello').waitFor()
    const other = await pia.context().newPage()
    await other.goto(`${cluster.urls[0]}/#/room/lobby`)
    await link(other, 'porch').waitFor()
    await openRoom(pia, 'lobby')
    await send(quin, 'one')
    await send(quin, 'two')
    await Promise.all([pia, other].map((page) => link(page, 'porch, 2 unread').waitFor()))
    await link(pia, 'porch, 2 unread').click()
    await message(pia, 'two').waitFor()
    await pia.goto('about:blank')
    await pia.goto(`${cluster.urls[0]}/#/room/lobby`)
    await link(other, /^porch$/).waitFor()
    await send(quin, 'three')
    await Promise.all([pia, other].map((page) => link(page, 'porch, 1 unread').waitFor()))
  })

  test('lists rooms that are not joined, and joined rooms survive a reload', async () => {
    const [cem, dag] = await Promise.all([arrive('Cem'), arrive('Dag', 1)])
    await openRoom(cem, 'cellar')
    await send(cem, 'Anybody down here?')
    await dag.reload()
    const more = list(dag).getByRole('region', { name: 'More rooms' })
    await more.getByRole('link', { name: 'cellar' }).click()
    await message(dag, 'Anybody down here?').waitFor()
    await openRoom(dag, 'lobby')
    await dag.reload()
    await list(dag).getByRole('region', { name: 'Rooms', exact: true }).getByRole('link', { name: 'cellar' }).waitFor()
    await send(cem, 'Hello?')
    await link(dag, /^cellar, \d unread/).click()
    await dag.getByRole('button', { name: 'Leave' }).click()
    await heading(dag, 'lobby').waitFor()
    await more.getByRole('link', { name: 'cellar' }).waitFor()
  })
})

describe('a new room', () => {
  test('is created by a name, which is validated while the user types', async () => {
    const eve = await arrive('Eve')
    await eve.getByRole('button', { name: 'Create or join a room' }).click()
    const dialog = eve.getByRole('dialog', { name: 'Create or join a room' })
    const name = dialog.getByLabel('Room name')
    await name.fill('tea?')
    await dialog.getByText("Room names can't contain “?”").waitFor()
    expect(await dialog.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true)
    await name.fill('_tea')
    await dialog.getByText('Room names must start with a letter or a digit.').waitFor()
    await name.fill('x'.repeat(65))
    await dialog.getByText('Too long: 65 of 64 characters.').waitFor()
    await name.fill('direct:eve')
    await dialog.getByText('pick them from the member list').waitFor()
    await name.fill('lobby')
    await dialog.getByText('#lobby exists, 1 online.').waitFor()
    await name.fill(' #Café  Noir ')
    await dialog.getByText('Create #cafe-noir.').waitFor()
    await dialog.getByRole('button', { name: 'Create' }).click()
    await heading(eve, 'cafe-noir').waitFor()
    expect(new URL(eve.url()).hash).toBe('#/room/cafe-noir')
    await dialog.waitFor({ state: 'detached' })
  })

  test('is shared by its link, which opens it after the sign-in', async () => {
    const [fay, gus] = [await arrive('Fay'), await open(browser, `${cluster.urls[1]}/#/room/pond`)]
    await openRoom(fay, 'pond')
    await fay.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await fay.getByRole('button', { name: 'Copy link' }).click()
    await fay.getByText('Copied').waitFor()
    expect(await fay.evaluate(() => navigator.clipboard.readText())).toBe(`${cluster.urls[0]}/#/room/pond`)
    await gus.getByText('Sign in to join #pond.').waitFor()
    await signIn(gus, 'Gus')
    await heading(gus, 'pond').waitFor()
    await send(gus, 'A frog!')
    await message(fay, 'A frog!').waitFor()
  })

  test('back and forward change rooms', async () => {
    const hal = await arrive('Hal')
    await openRoom(hal, 'first')
    await openRoom(hal, 'second')
    await hal.goBack()
    await heading(hal, 'first').waitFor()
    await hal.goBack()
    await heading(hal, 'lobby').waitFor()
    await hal.goForward()
    await heading(hal, 'first').waitFor()
  })

  test('an invalid room in the address shows an error and leads to the lobby', async () => {
    const ida = await arrive('Ida', 0, '#/room/No%20Such%20Room')
    await ida.getByRole('alert').getByText('must be 1–64 of a–z').waitFor()
    await heading(ida, 'lobby').waitFor()
  })
})

describe('a direct room', () => {
  test('appears for the other user immediately, with name, status and a live unread count', async () => {
    const kim = await open(browser, cluster.urls[1]!)
    // Disables polling of the room list, so that only an event can update it.
    await kim.addInitScript(() => {
      const { setInterval } = window
      const rarely = (work: () => void, ms?: number) => (ms === 10_000 ? 0 : setInterval(work, ms))
      Object.assign(window, { setInterval: rarely })
    })
    await kim.reload()
    await signIn(kim, 'Kim')
    await openRoom(kim, 'shed')
    const jan = await arrive('Jan')
    await openDirectRoom(jan, 'Kim')
    await jan.getByRole('main').getByText('Online').waitFor()
    await link(kim, 'Jan, online').waitFor()
    await send(jan, 'psst')
    await link(kim, 'Jan, online, 1 unread').getByText('psst').waitFor()
    await waitForTitle(kim, '(1) shed – Hubbub')
    await send(jan, 'hello?')
    await link(kim, 'Jan, online, 2 unread').click()
    await message(kim, 'hello?').waitFor()
    await link(kim, 'Jan, online').waitFor()
    await jan.getByLabel('Your status').selectOption('busy')
    await kim.getByRole('main').getByText('Busy').waitFor()
  })

  test('is hidden when closed, and reappears with the next message', async () => {
    const [lea, max] = await Promise.all([arrive('Lea'), arrive('Max', 1)])
    await openDirectRoom(lea, 'Max')
    await send(lea, 'first')
    await link(max, /^Lea/).click()
    await message(max, 'first').waitFor()
    await max.getByRole('button', { name: 'Close' }).click()
    await link(max, /^Lea/).waitFor({ state: 'detached' })
    await max.reload()
    await link(max, 'lobby').waitFor()
    await send(lea, 'second')
    await link(max, /^Lea, online, \d unread/)
      .getByText('second')
      .waitFor()
  })
})
