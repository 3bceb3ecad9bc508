import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import { ROOT } from '../../server/local/root.ts'
import { composer, launch, message, open, openRoom, send, signIn } from '../web/test-page.ts'
import { Scene } from './scene.ts'

const FOLDER = join(ROOT, 'docs', 'images')
const DESKTOP = { width: 1200, height: 760 }
const PHONE = { width: 390, height: 780 }
/** Seconds since the dashboard was opened, so that its charts have data. */
const DASHBOARD_SECONDS = 45
const MEASURED_SECONDS = 20
const TIMEOUT_MS = 60_000

/** `npm run pictures`: takes the README's screenshots from three nodes behind nginx. Needs an emoji font for good results. */
async function pictures(): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  const cluster = await startCluster({ nodes: 3, env: { LOG_LEVEL: 'error', DRAIN_MS: '200' } })
  const browser = await launch()
  const scene = new Scene()
  try {
    await scene.start(cluster.url)
    await screenshotAll(cluster, browser, scene)
  } finally {
    scene.close()
    await browser.close()
    await cluster.stop()
  }
}

async function screenshotAll(cluster: RunningCluster, browser: Browser, scene: Scene): Promise<void> {
  const still = scene.startBackgroundTraffic()
  const ada = await signInAs(browser, cluster.url, 'Ada Lovelace')
  const watch = await open(browser, `${cluster.url}/cluster`)
  await watch.setViewportSize({ width: 1200, height: 1010 })
  await playConversation(ada, scene)
  await screenshot(ada, 'light', 'light')
  await screenshot(ada, 'dark', 'dark')
  await ada.getByRole('button', { name: 'Connection details' }).click()
  await waitForAge(ada, MEASURED_SECONDS)
  await ada.getByRole('radio', { name: 'Long-polling' }).check()
  await ada.getByRole('img', { name: 'Median over long-polling: ' }).waitFor()
  await waitForAge(ada, 2 * MEASURED_SECONDS)
  await screenshot(ada, 'connection', 'light')
  await ada.keyboard.press('Escape')
  await ada.mouse.move(0, 0)
  await screenshotPhone(ada)
  await waitForAge(watch, DASHBOARD_SECONDS)
  cluster.nodes[1]!.kill('SIGKILL')
  await watch.getByRole('log', { name: 'Events' }).getByText('n2 moved to').first().waitFor({ timeout: TIMEOUT_MS })
  await screenshot(watch, 'cluster', 'dark')
  still()
}

async function signInAs(browser: Browser, url: string, name: string): Promise<Page> {
  const page = await open(browser, url)
  page.context().setDefaultTimeout(TIMEOUT_MS)
  await page.setViewportSize(DESKTOP)
  return signIn(page, name)
}

async function playConversation(ada: Page, scene: Scene): Promise<void> {
  await openRoom(ada, 'music')
  await openRoom(ada, 'deploys')
  await openRoom(ada, 'lobby')
  await send(ada, 'Of course I am. *And I bring the punch cards.*')
  await message(ada, 'punch cards').waitFor()
  await scene.send('lobby', 'Then it can begin 🎉')
  await message(ada, 'Then it can begin').waitFor()
  await scene.sendDirect('Ada Lovelace')
  await scene.send('music', 'I play the drums. Loudly.')
  await ada.getByRole('link', { name: /^Grace Hopper, .*1 unread/ }).waitFor()
  scene.startTyping()
  await ada.getByRole('status', { name: 'Typing' }).getByText('are typing…').waitFor()
  await message(ada, 'are you coming').hover()
}

async function screenshotPhone(ada: Page): Promise<void> {
  await ada.setViewportSize(PHONE)
  await composer(ada).waitFor()
  await screenshot(ada, 'phone', 'light')
  await ada.getByRole('link', { name: 'Rooms' }).click()
  await screenshot(ada, 'phone-rooms', 'dark')
}

/** Waits until the page has been open for `seconds`. */
async function waitForAge(page: Page, seconds: number): Promise<void> {
  await page.waitForFunction((ms) => performance.now() > ms, seconds * 1_000, { timeout: 2 * TIMEOUT_MS })
}

async function screenshot(page: Page, name: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  // Two frames: one for the layout, and one for the effects that it triggers.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  await page.screenshot({ path: join(FOLDER, `${name}.png`) })
  console.log(`docs/images/${name}.png`)
}

await pictures()
