import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { enter, launch, message, open, say, signIn, talkTo, titled } from './test-page.ts'

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

describe('the list of rooms', () => {
  test('shows what was said last, where, and how much of it is new, the latest first', async () => {
    const [ada, bob] = await Promise.all([arrive('Ada'), arrive('Bob', 1)])
    for (const room of ['attic', 'barn']) {
      await enter(ada, room)
      await say(ada, `Ada is in the ${room}`)
      await enter(bob, room)
    }
    await enter(ada, 'lobby')
    await enter(bob, 'attic')
    await say(bob, 'one')
    await say(bob, 'two')
    await link(ada, 'attic, 2 unread').getByText('Bob: two').waitFor()
    expect(await link(ada, /^lobby/).getAttribute('aria-current')).toBe('page')
    const names = await list(ada).getByRole('region', { name: 'Rooms' }).locator('.title').allTextContents()
    expect(names.indexOf('attic')).toBeLessThan(names.indexOf('barn'))
    await link(ada, 'attic, 2 unread').click()
    await link(ada, 'attic').and(ada.locator('[aria-current]')).waitFor()
    await say(ada, 'three')
    await link(ada, 'attic').getByText('You: three').waitFor()
  })

  test('what was read is not new any more, in another window, and for one who left the page the moment after', async () => {
    const [pia, quin] = await Promise.all([arrive('Pia'), arrive('Quin', 1)])
    await enter(pia, 'porch')
    await enter(quin, 'porch')
    await say(quin, 'hello')
    await message(pia, 'hello').waitFor()
    const other = await pia.context().newPage()
    await other.goto(`${cluster.urls[0]}/#/room/lobby`)
    await link(other, 'porch').waitFor()
    await enter(pia, 'lobby')
    await say(quin, 'one')
    await say(quin, 'two')
    await Promise.all([pia, other].map((page) => link(page, 'porch, 2 unread').waitFor()))
    await link(pia, 'porch, 2 unread').click()
    await message(pia, 'two').waitFor()
    await pia.goto('about:blank')
    await pia.goto(`${cluster.urls[0]}/#/room/lobby`)
    await link(other, /^porch$/).waitFor()
    await say(quin, 'three')
    await Promise.all([pia, other].map((page) => link(page, 'porch, 1 unread').waitFor()))
  })

  test('a room that one is not in is offered, and those that one was in are there after a reload', async () => {
    const [cem, dag] = await Promise.all([arrive('Cem'), arrive('Dag', 1)])
    await enter(cem, 'cellar')
    await say(cem, 'Anybody down here?')
    await dag.reload()
    const more = list(dag).getByRole('region', { name: 'More rooms' })
    await more.getByRole('link', { name: 'cellar' }).click()
    await message(dag, 'Anybody down here?').waitFor()
    await enter(dag, 'lobby')
    await dag.reload()
    await list(dag).getByRole('region', { name: 'Rooms', exact: true }).getByRole('link', { name: 'cellar' }).waitFor()
    await say(cem, 'Hello?')
    await link(dag, /^cellar, \d unread/).click()
    await dag.getByRole('button', { name: 'Leave' }).click()
    await heading(dag, 'lobby').waitFor()
    await more.getByRole('link', { name: 'cellar' }).waitFor()
  })
})

describe('a room of one’s own', () => {
  test('is created by a name, whose rule is told while one types', async () => {
    const eve = await arrive('Eve')
    await eve.getByRole('button', { name: 'Create or join a room' }).click()
    const dialog = eve.getByRole('dialog', { name: 'Create or join a room' })
    const name = dialog.getByLabel('Name of the room')
    await name.fill('tea?')
    await dialog.getByText('“?” will not do').waitFor()
    expect(await dialog.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true)
    await name.fill('_tea')
    await dialog.getByText('Begin with a letter or a digit.').waitFor()
    await name.fill('x'.repeat(65))
    await dialog.getByText('That is 65 letters; 64 will do.').waitFor()
    await name.fill('direct:eve')
    await dialog.getByText('choose them among the members').waitFor()
    await name.fill('lobby')
    await dialog.getByText('#lobby is there already, with 1 in it.').waitFor()
    await name.fill(' #Café  Noir ')
    await dialog.getByText('#cafe-noir will be new').waitFor()
    await dialog.getByRole('button', { name: 'Create' }).click()
    await heading(eve, 'cafe-noir').waitFor()
    expect(new URL(eve.url()).hash).toBe('#/room/cafe-noir')
    await dialog.waitFor({ state: 'detached' })
  })

  test('is shared by its address, which opens it after signing in', async () => {
    const [fay, gus] = [await arrive('Fay'), await open(browser, `${cluster.urls[1]}/#/room/pond`)]
    await enter(fay, 'pond')
    await fay.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await fay.getByRole('button', { name: 'Copy link' }).click()
    await fay.getByText('Copied').waitFor()
    expect(await fay.evaluate(() => navigator.clipboard.readText())).toBe(`${cluster.urls[0]}/#/room/pond`)
    await gus.getByText('You are on your way to #pond.').waitFor()
    await signIn(gus, 'Gus')
    await heading(gus, 'pond').waitFor()
    await say(gus, 'A frog!')
    await message(fay, 'A frog!').waitFor()
  })

  test('back and forward go through the rooms', async () => {
    const hal = await arrive('Hal')
    await enter(hal, 'first')
    await enter(hal, 'second')
    await hal.goBack()
    await heading(hal, 'first').waitFor()
    await hal.goBack()
    await heading(hal, 'lobby').waitFor()
    await hal.goForward()
    await heading(hal, 'first').waitFor()
  })

  test('an address that no room can have says so, and ends in the lobby', async () => {
    const ida = await arrive('Ida', 0, '#/room/No%20Such%20Room')
    await ida.getByRole('alert').getByText('must be 1–64 of a–z').waitFor()
    await heading(ida, 'lobby').waitFor()
  })
})

describe('a talk with one person', () => {
  test('is seen by the other one at once, in sight with their name and status, and counts what is new live', async () => {
    const kim = await open(browser, cluster.urls[1]!)
    // Without the rounds in which the page asks for all rooms, only an event can tell it.
    await kim.addInitScript(() => {
      const { setInterval } = window
      const rarely = (work: () => void, ms?: number) => (ms === 10_000 ? 0 : setInterval(work, ms))
      Object.assign(window, { setInterval: rarely })
    })
    await kim.reload()
    await signIn(kim, 'Kim')
    await enter(kim, 'shed')
    const jan = await arrive('Jan')
    await talkTo(jan, 'Kim')
    await jan.getByRole('main').getByText('Online').waitFor()
    await link(kim, 'Jan, online').waitFor()
    await say(jan, 'psst')
    await link(kim, 'Jan, online, 1 unread').getByText('psst').waitFor()
    await titled(kim, '(1) shed – Hubbub')
    await say(jan, 'hello?')
    await link(kim, 'Jan, online, 2 unread').click()
    await message(kim, 'hello?').waitFor()
    await link(kim, 'Jan, online').waitFor()
    await jan.getByLabel('Your status').selectOption('busy')
    await kim.getByRole('main').getByText('Busy').waitFor()
  })

  test('is put away by closing it, and back with the next word', async () => {
    const [lea, max] = await Promise.all([arrive('Lea'), arrive('Max', 1)])
    await talkTo(lea, 'Max')
    await say(lea, 'first')
    await link(max, /^Lea/).click()
    await message(max, 'first').waitFor()
    await max.getByRole('button', { name: 'Close' }).click()
    await link(max, /^Lea/).waitFor({ state: 'detached' })
    await max.reload()
    await link(max, 'lobby').waitFor()
    await say(lea, 'second')
    await link(max, /^Lea, online, \d unread/)
      .getByText('second')
      .waitFor()
  })
})
