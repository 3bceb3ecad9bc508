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
const TIMEOUT_MS = 30_000

/** Starts the system's Chromium. Everything in this file is for tests only. */
export function launch(): Promise<Browser> {
  // Without smooth scrolling, a wheel event takes effect immediately.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-smooth-scrolling']
  return chromium.launch({ executablePath: CHROMIUM, args })
}

/** Opens the page in a new browser context; `problem` is called with page errors and console errors. */
export async function open(browser: Browser, url: string, problem: (text: string) => void = () => {}): Promise<Page> {
  const context = await browser.newContext()
  context.setDefaultTimeout(TIMEOUT_MS)
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

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message / })
/** Logged messages that contain `text`; pending ones are not included. */
export const messages = (page: Page, text: string): Locator =>
  page.getByRole('log').locator('[data-seq]').filter({ hasText: text })
export const message = (page: Page, text: string): Locator => messages(page, text).last()
export const connectionProblem = (page: Page): Locator => page.getByRole('status', { name: 'Connection problem' })

export async function send(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await composer(page).press('Enter')
}

/**
 * Resolves when every message of this browser is acknowledged. That may be later than its appearance on a page, because
 * the entry and its acknowledgement arrive independently.
 */
export async function allAcknowledged(page: Page): Promise<void> {
  await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith('hubbub.letters:')))
}

/** Opens a room by its address. */
export async function openRoom(page: Page, room: string): Promise<void> {
  await page.evaluate((room) => {
    location.hash = `#/room/${room}`
  }, room)
  await page.getByRole('heading', { name: room, level: 1 }).waitFor()
  await composer(page).waitFor()
}

/** Opens the direct room with a member; `composer` then refers to that room. */
export async function openDirectRoom(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Message ${name}` }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
}

/** Waits, because the title changes one frame after the page. */
export async function waitForTitle(page: Page, title: string): Promise<void> {
  await page.waitForFunction((title) => document.title === title, title)
}

/** Violations that axe-core finds in the page, or in the part that a selector matches, in light and dark mode. */
export async function accessibilityFindings(page: Page, part = ':root'): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    // Reduced motion: a contrast measured during a color transition would be wrong.
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

export interface BuiltServer {
  url: string
  stop(): Promise<void>
}

/** Starts what `npm start` runs, from the build output. `settings` are environment variables. */
export async function startBuiltServer(settings: Record<string, string> = {}): Promise<BuiltServer> {
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
  for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('open')) return
  throw new Error(`The built server did not start. Run "npm run build" first.\n${errors}`)
}
