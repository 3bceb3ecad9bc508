import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import { ROOT } from '../../server/local/root.ts'
import { composer, enter, launch, message, open, say, signIn } from '../web/test-page.ts'
import { Scene } from './scene.ts'

const FOLDER = join(ROOT, 'docs', 'images')
const DESKTOP = { width: 1200, height: 760 }
const PHONE = { width: 390, height: 780 }
/** From the opening of a page on: long enough for its plots to have a shape. */
const WATCHED_SECONDS = 45
const MEASURED_SECONDS = 20
const PATIENCE_MS = 60_000

/** `npm run pictures`: what the README shows, from three nodes behind nginx. An emoji font makes them better. */
async function pictures(): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  const cluster = await startCluster({ nodes: 3, env: { LOG_LEVEL: 'error', DRAIN_MS: '200' } })
  const browser = await launch()
  const scene = new Scene()
  try {
    await scene.begin(cluster.url)
    await takeAll(cluster, browser, scene)
  } finally {
    scene.end()
    await browser.close()
    await cluster.stop()
  }
}

async function takeAll(cluster: RunningCluster, browser: Browser, scene: Scene): Promise<void> {
  const still = scene.crowd()
  const ada = await arrive(browser, cluster.url, 'Ada Lovelace')
  const watch = await open(browser, `${cluster.url}/cluster`)
  await watch.setViewportSize({ width: 1200, height: 1010 })
  await converse(ada, scene)
  await take(ada, 'light', 'light')
  await take(ada, 'dark', 'dark')
  await ada.getByRole('button', { name: 'Connection details' }).click()
  await passed(ada, MEASURED_SECONDS)
  await ada.getByRole('radio', { name: 'Long-polling' }).check()
  await ada.getByRole('img', { name: 'Median by long-polling: ' }).waitFor()
  await passed(ada, 2 * MEASURED_SECONDS)
  await take(ada, 'connection', 'light')
  await ada.keyboard.press('Escape')
  await ada.mouse.move(0, 0)
  await onPhone(ada)
  await passed(watch, WATCHED_SECONDS)
  cluster.nodes[1]!.kill('SIGKILL')
  await watch.getByRole('log', { name: 'Events' }).getByText('n2 moved to').first().waitFor({ timeout: PATIENCE_MS })
  await take(watch, 'cluster', 'dark')
  still()
}

async function arrive(browser: Browser, url: string, name: string): Promise<Page> {
  const page = await open(browser, url)
  page.context().setDefaultTimeout(PATIENCE_MS)
  await page.setViewportSize(DESKTOP)
  return signIn(page, name)
}

async function converse(ada: Page, scene: Scene): Promise<void> {
  await enter(ada, 'music')
  await enter(ada, 'deploys')
  await enter(ada, 'lobby')
  await say(ada, 'Of course I am. *And I bring the punch cards.*')
  await message(ada, 'punch cards').waitFor()
  await scene.answer('lobby', 'Then it can begin 🎉')
  await message(ada, 'Then it can begin').waitFor()
  await scene.tell('Ada Lovelace')
  await scene.answer('music', 'I play the drums. Loudly.')
  await ada.getByRole('link', { name: /^Grace Hopper, .*1 unread/ }).waitFor()
  scene.type()
  await ada.getByRole('status', { name: 'Typing' }).getByText('are typing…').waitFor()
  await message(ada, 'are you coming').hover()
}

async function onPhone(ada: Page): Promise<void> {
  await ada.setViewportSize(PHONE)
  await composer(ada).waitFor()
  await take(ada, 'phone', 'light')
  await ada.getByRole('link', { name: 'Rooms' }).click()
  await take(ada, 'phone-rooms', 'dark')
}

/** So many seconds since the page was opened. */
async function passed(page: Page, seconds: number): Promise<void> {
  await page.waitForFunction((ms) => performance.now() > ms, seconds * 1_000, { timeout: 2 * PATIENCE_MS })
}

async function take(page: Page, name: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  // Two frames: one for the layout, and one for what follows from it.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  await page.screenshot({ path: join(FOLDER, `${name}.png`) })
  console.log(`docs/images/${name}.png`)
}

await pictures()
