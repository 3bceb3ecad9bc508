import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import axe from 'axe-core'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { freePort } from '../../server/local/free-port.ts'

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium'
const PATIENCE_MS = 30_000

/** The browser on this machine. For tests alone, as everything here. */
export function launch(): Promise<Browser> {
  // A turn of the wheel is over when it is seen.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-smooth-scrolling']
  return chromium.launch({ executablePath: CHROMIUM, args })
}

/** The page in a browser of its own; `problem` hears what is wrong with it. */
export async function open(browser: Browser, url: string, problem: (text: string) => void = () => {}): Promise<Page> {
  const context = await browser.newContext()
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  page.on('pageerror', (error) => problem(error.message))
  page.on('console', (line) => line.type() === 'error' && problem(line.text()))
  await page.goto(url)
  return page
}

export async function signIn(page: Page, name: string): Promise<Page> {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await composer(page).waitFor()
  return page
}

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message to/ })
/** What the log shows; what waits to be said is not among them. */
export const messages = (page: Page, text: string): Locator =>
  page.getByRole('log').locator('[data-seq]').filter({ hasText: text })
export const message = (page: Page, text: string): Locator => messages(page, text).last()
export const trouble = (page: Page): Locator => page.getByRole('status', { name: 'Trouble' })

export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await composer(page).press('Enter')
}

/**
 * Resolves when no message of this browser waits for its acknowledgement. That may be later than the message is seen on
 * any page, this one included: the entry and its acknowledgement arrive independently.
 */
export async function acknowledged(page: Page): Promise<void> {
  await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith('hubbub.letters:')))
}

/** Goes to a room by its address. */
export async function enter(page: Page, room: string): Promise<void> {
  await page.evaluate((room) => {
    location.hash = `#/room/${room}`
  }, room)
  await page.getByRole('heading', { name: room, level: 1 }).waitFor()
  await composer(page).waitFor()
}

/** Opens the talk with somebody among the members; the box is the one of that talk from here on. */
export async function talkTo(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Talk to ${name}` }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
}

/** The title follows a frame behind the page. */
export async function titled(page: Page, title: string): Promise<void> {
  await page.waitForFunction((title) => document.title === title, title)
}

/** What axe-core finds in the page as it stands, or in a part of it, in light and in dark; nothing, where all is well. */
export async function accessibilityFindings(page: Page, part = ':root'): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    // Half-way through a change of colour there is no contrast to speak of.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate((part) => (window as unknown as { axe: typeof axe }).axe.run(part), part)
    for (const { id, help, nodes } of violations)
      for (const { html, failureSummary } of nodes)
        found.push(`${colorScheme}: ${id}: ${help}: ${html}: ${failureSummary}`)
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
  return found
}

export interface Built {
  url: string
  stop(): Promise<void>
}

/** What `npm start` runs, as it was built. `settings` are environment variables. */
export async function startBuilt(settings: Record<string, string> = {}): Promise<Built> {
  const dir = await mkdtemp(join(tmpdir(), 'hubbub-page-'))
  const port = await freePort()
  const env = { ...process.env, ...settings, PORT: `${port}`, DATA_DIR: dir }
  const child = spawn(process.execPath, ['dist/server/local/start.js'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  await ready(child)
  return {
    url: `http://localhost:${port}`,
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function ready(child: ChildProcess): Promise<void> {
  let errors = ''
  child.stderr!.on('data', (text) => {
    errors += text
  })
  for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('page')) return
  throw new Error(`The built server did not start (make it with: npm run build).\n${errors}`)
}
