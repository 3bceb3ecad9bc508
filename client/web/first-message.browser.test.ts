import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { type BuiltServer, launch, message, open, send, signIn, startBuiltServer } from './test-page.ts'

/** Below 1 s on an idle machine; the rest is a margin for a loaded one. */
const AT_MOST_MS = 4_000

let cluster: BuiltServer
let browser: Browser

beforeAll(async () => {
  cluster = await startBuiltServer()
  browser = await launch()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await cluster?.stop()
})

test('a returning user sees the newest message within 4 s of the start of the load', async () => {
  const page = await signIn(await open(browser, cluster.url), 'Ada')
  await send(page, 'Here already?')
  await message(page, 'Here already?').waitFor()
  // Like a new tab of a returning user: the token is stored and the files are cached.
  await page.addInitScript(() => {
    new MutationObserver((_changes, observer) => {
      if (!document.querySelector('[role="log"]')?.textContent?.includes('Here already?')) return
      observer.disconnect()
      requestAnimationFrame(() => performance.mark('first message'))
    }).observe(document, { childList: true, subtree: true, characterData: true })
  })
  await page.reload()
  await page.waitForFunction(() => performance.getEntriesByName('first message').length > 0)
  const ms = await page.evaluate(() => performance.getEntriesByName('first message')[0]!.startTime)
  expect(ms).toBeLessThan(AT_MOST_MS)
}, 60_000)
