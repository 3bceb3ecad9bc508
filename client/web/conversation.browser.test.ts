import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Browser, Locator, Page } from 'playwright-core'
import { HISTORY_MAX_MESSAGES, TEXT_MAX_CHARS } from '../../protocol/limits.ts'
import { ChatClient } from '../sdk/client.ts'
import {
  accessibilityFindings,
  type BuiltServer,
  composer,
  launch,
  message,
  messages,
  open,
  openRoom,
  send,
  signIn,
  startBuiltServer,
} from './test-page.ts'

let cluster: BuiltServer
let browser: Browser
/** A user without a page. */
let bob: ChatClient
const problems: string[] = []
let rooms = 0
let room = ''

beforeAll(async () => {
  const plenty = Object.fromEntries(
    ['APPENDS_PER_SECOND', 'APPENDS_BURST', 'COMMANDS_PER_SECOND', 'COMMANDS_BURST'].map((name) => [name, '100000']),
  )
  cluster = await startBuiltServer(plenty)
  browser = await launch()
  bob = new ChatClient({ url: cluster.url, name: 'Bob' })
  bob.connect()
  await bob.join('lobby')
}, 60_000)
afterAll(async () => {
  bob?.close()
  await browser?.close()
  await cluster?.stop()
})
beforeEach(async () => {
  problems.length = 0
  room = `talk-${++rooms}`
  await bob.join(room)
})
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
  expect(problems).toEqual([])
})

const arrive = async (name: string) => {
  const page = await signIn(await open(browser, cluster.url, (problem) => problems.push(problem)), name)
  await openRoom(page, room)
  return page
}
const log = (page: Page): Locator => page.locator('.log')
const act = async (on: Locator, action: string) => {
  await on.hover()
  await on.getByRole('button', { name: action }).click()
}

describe('reading', () => {
  test('groups messages by author and day', async () => {
    for (const text of ['One', 'Two']) await bob.send(room, text)
    const ada = await arrive('Ada')
    await send(ada, 'Three')
    await message(ada, 'Three').waitFor()
    await log(ada).getByText('Today').waitFor()
    expect(await log(ada).locator('.head:visible').allTextContents()).toEqual([
      expect.stringMatching(/^Bob /),
      // For screen readers only, because the message continues a group.
      'Bob ',
      expect.stringMatching(/^Ada /),
    ])
    const time = message(ada, 'One').locator('time')
    expect(await time.getAttribute('title')).toContain(`${new Date().getFullYear()}`)
  })

  test('renders markup, isolates links, and shows hostile texts as text', async () => {
    const hostile = '<img src=x onerror="document.title=1"> [x](javascript:alert(1)) javascript:alert(1)'
    await bob.send(room, '**bold** *italic* `code` https://a.example/b. and @Ada')
    await bob.send(room, '```\nlet a = *1*\n```')
    await bob.send(room, hostile)
    const ada = await arrive('Ada')
    const marked = message(ada, 'bold')
    await marked.waitFor()
    expect(await marked.locator('strong, em, code').evaluateAll((all) => all.map((one) => one.outerHTML))).toEqual(
      expect.arrayContaining(['<strong>bold</strong>', '<em>italic</em>', '<code>code</code>']),
    )
    expect(await marked.locator('a').evaluate((a) => a.outerHTML)).toBe(
      '<a href="https://a.example/b" target="_blank" rel="noopener noreferrer">https://a.example/b</a>',
    )
    await marked.locator('.mention[data-me="true"]', { hasText: '@Ada' }).waitFor()
    expect(await message(ada, 'let a').locator('pre').textContent()).toBe('let a = *1*')
    expect(await message(ada, 'onerror').locator('.text').textContent()).toBe(hostile)
    expect(await log(ada).locator('img, script, a[href^="javascript"]').count()).toBe(0)
  })

  test('scrolling up loads 1,100 messages without a jump, up to the beginning', async () => {
    await fill(room, 1_100)
    const ada = await arrive('Ada')
    await message(ada, 'number 1100').waitFor()
    const first = log(ada).getByText('number 1', { exact: true })
    let jumps = 0
    for (let turns = 0; (await first.count()) === 0; turns++) {
      if (turns > 600) throw new Error('The beginning was not reached.')
      jumps = Math.max(jumps, await ada.evaluate(scrolledWrong))
    }
    await log(ada).getByText(`This is the beginning of #${room}.`).waitFor()
    expect(jumps).toBeLessThan(2)
  }, 120_000)

  test('renders fewer than 80 of 10,000 messages, without slow frames', async () => {
    await fill(room, 10_000)
    const ada = await arrive('Ada')
    await message(ada, 'number 10000').waitFor()
    let most = 0
    while ((await log(ada).getByText(`This is the beginning of #${room}`).count()) === 0) {
      await log(ada).evaluate((log) => log.scrollTo({ top: 0 }))
      await ada.evaluate(frames)
      most = Math.max(most, await log(ada).locator('.row').count())
    }
    const turns = await log(ada).evaluate(async (log) => {
      const times: number[] = []
      for (let turn = 0; turn < 200; turn++) {
        const before = performance.now()
        log.scrollTop += log.scrollHeight / 200
        await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))
        times.push(performance.now() - before)
      }
      return times.sort((one, other) => one - other)
    })
    most = Math.max(most, await log(ada).locator('.row').count())
    await message(ada, 'number 10000').waitFor()
    expect(most).toBeLessThan(80)
    // A frame takes 16 ms; the rest is a margin for a loaded machine.
    expect(turns[100]).toBeLessThan(250)
  }, 240_000)

  test('marks new messages with a line, and keeps the scroll position of a user who reads older ones', async () => {
    await fill(room, 60)
    const ada = await arrive('Ada')
    await message(ada, 'number 60').waitFor()
    await log(ada).hover()
    await ada.mouse.wheel(0, -800)
    await ada.getByRole('button', { name: 'Newest messages' }).waitFor()
    // Wait until the visible rows are measured.
    await ada.evaluate(frames)
    const place = await ada.evaluate(firstInSight)
    await bob.send(room, 'First news')
    await bob.send(room, 'Second news')
    const down = ada.getByRole('button', { name: '2 new messages' })
    await down.waitFor()
    expect(await ada.evaluate(firstInSight)).toEqual(place)
    await down.click()
    await message(ada, 'First news').getByText('New messages').waitFor()
    await down.waitFor({ state: 'detached' })
    // At the end, new messages are scrolled into view.
    await bob.send(room, 'Third news')
    await message(ada, 'Third news').waitFor()
    await ada.waitForFunction(atEnd)
    await send(ada, 'My word')
    await message(ada, 'My word').waitFor()
    expect(await log(ada).getByText('New messages').count()).toBe(0)
  })

  test('a returning user sees the line below the last read message', async () => {
    const { seq } = await bob.send(room, 'Old news')
    // Receipts of earlier messages may come before.
    const seen = bob.next(
      'receipts',
      ({ receipts, ...of }) => of.room === room && receipts.some((one) => one.seq >= seq),
    )
    const ada = await arrive('Ada')
    await message(ada, 'Old news').waitFor()
    await seen
    await ada.goto(`${cluster.url}/#/room/lobby`)
    await ada.getByRole('heading', { name: 'lobby', level: 1 }).waitFor()
    await ada.close()
    await bob.send(room, 'New news')
    const again = await browser.contexts()[0]!.newPage()
    await again.goto(`${cluster.url}/#/room/${room}`)
    await message(again, 'New news').getByText('New messages').waitFor()
    expect(await message(again, 'Old news').getByText('New messages').count()).toBe(0)
  })
})

describe('writing', () => {
  test('a reply shows its quoted message, and scrolls to it in older pages', async () => {
    const { seq } = await bob.send(room, 'The *question*')
    await fill(room, 2 * HISTORY_MAX_MESSAGES)
    await bob.send(room, 'The answer', { replyTo: seq })
    const ada = await arrive('Ada')
    await message(ada, 'The answer').getByRole('button', { name: 'Bob The question' }).click()
    await log(ada).locator('.row[data-lit="true"]', { hasText: 'The question' }).waitFor()
    await message(ada, 'The question').waitFor()
    await act(message(ada, 'The question'), 'Reply')
    await ada.getByText('Replying to Bob: The question').waitFor()
    await send(ada, 'My answer')
    await message(ada, 'My answer').getByRole('button', { name: 'Bob The question' }).waitFor()
  })

  test('reactions show their count and users, and a second click removes one', async () => {
    const { seq } = await bob.send(room, 'Cake?')
    await bob.react(room, seq, '🎂')
    const ada = await arrive('Ada')
    const cake = message(ada, 'Cake?').getByRole('button', { name: 'birthday cake' })
    await cake.click()
    await ada.getByRole('button', { name: 'birthday cake, 2: Bob, you', pressed: true }).waitFor()
    await cake.click()
    await ada.getByRole('button', { name: 'birthday cake, 1: Bob', pressed: false }).waitFor()

    await act(message(ada, 'Cake?'), 'Add reaction')
    await ada.getByLabel('Find an emoji').fill('rocket')
    await ada.keyboard.press('Enter')
    await message(ada, 'Cake?').getByRole('button', { name: 'rocket, 1: you' }).waitFor()
  })

  test('ArrowUp edits the last own message, and the draft is restored afterwards', async () => {
    const ada = await arrive('Ada')
    await send(ada, 'Helo')
    await message(ada, 'Helo').waitFor()
    await composer(ada).press('ArrowUp')
    await ada.getByText('Editing your message').waitFor()
    await composer(ada).press('Escape')
    await ada.getByText('Editing your message').waitFor({ state: 'detached' })
    await composer(ada).fill('A draft')
    await act(message(ada, 'Helo'), 'Edit')
    await send(ada, 'Hello')
    await message(ada, 'Hello').getByText('(edited)').waitFor()
    expect(await composer(ada).inputValue()).toBe('A draft')
    await ada.reload()
    await message(ada, 'Hello').waitFor()
    expect(await composer(ada).inputValue()).toBe('A draft')
  })

  test('an edit or a reply focuses the composer in the same frame', async () => {
    const ada = await arrive('Ada')
    await send(ada, 'Helo')
    await message(ada, 'Helo').waitFor()
    const selected = ada.evaluate(selectedAtOnce)
    await composer(ada).press('ArrowUp')
    expect(await selected).toEqual({ focused: true, text: 'Helo', before: 'Helo'.length, from: 0, to: 'Helo'.length })
    await send(ada, 'Hello')
    await message(ada, 'Hello').getByText('(edited)').waitFor()
    expect(await message(ada, 'Hello').locator('.text').textContent()).toBe('Hello (edited)')

    await composer(ada).fill('A draft')
    await message(ada, 'Hello').hover()
    const focused = ada.evaluate(selectedAtOnce)
    await message(ada, 'Hello').getByRole('button', { name: 'Reply' }).press('Enter')
    expect(await focused).toEqual({ focused: true, text: 'A draft', before: 7, from: 0, to: 7 })
  })

  test('a deletion asks first, and leaves a placeholder', async () => {
    const ada = await arrive('Ada')
    await send(ada, 'Too much')
    await act(message(ada, 'Too much'), 'Delete')
    await ada.keyboard.press('Escape')
    await ada.getByRole('dialog').waitFor({ state: 'detached' })
    await act(message(ada, 'Too much'), 'Delete')
    await ada.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await message(ada, 'This message was deleted.').waitFor()
    expect(await messages(ada, 'Too much').count()).toBe(0)
  })

  test('rejects a paste over the limit, and keeps the text', async () => {
    const ada = await arrive('Ada')
    await ada.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const paste = async (text: string) => {
      await ada.evaluate((text) => navigator.clipboard.writeText(text), text)
      await composer(ada).press('ControlOrMeta+v')
    }
    const length = ada.getByRole('status', { name: 'Message length' })
    await composer(ada).fill('Mine')
    await paste('x'.repeat(TEXT_MAX_CHARS))
    await length.getByText('your message would have 4,004 characters. The limit is 4,000.').waitFor()
    expect(await composer(ada).inputValue()).toBe('Mine')
    // An emoji counts as one character, although its `length` is 2.
    await composer(ada).fill('')
    await paste('🦊'.repeat(TEXT_MAX_CHARS))
    await length.getByText('0 characters left').waitFor()
    await composer(ada).press('End')
    await composer(ada).pressSequentially('!')
    await length.getByText('1 character too many.').waitFor()
    expect(await ada.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
    await composer(ada).press('Backspace')
    await composer(ada).press('Enter')
    await message(ada, '🦊🦊').waitFor()
  })

  test('Shift-Enter inserts a line break, Enter of an input method does not send, and Tab completes a name', async () => {
    const ada = await arrive('Ada')
    await composer(ada).pressSequentially('One')
    await composer(ada).press('Shift+Enter')
    await composer(ada).pressSequentially('two, @bo')
    await ada.getByRole('option', { name: 'Bob' }).waitFor()
    await composer(ada).press('Tab')
    await composer(ada).dispatchEvent('keydown', { key: 'Enter', isComposing: true })
    expect(await composer(ada).inputValue()).toBe('One\ntwo, @Bob ')
    await composer(ada).press('Enter')
    await message(ada, 'One').locator('.mention', { hasText: '@Bob' }).waitFor()
    expect(await composer(ada).inputValue()).toBe('')
  })

  test('an acknowledged message stays visible before its entry arrives', async () => {
    const page = await open(browser, cluster.url, (problem) => problems.push(problem))
    // Holds back `entries` events until `letGo` is called.
    let holding = false
    let letGo = () => {}
    await page.routeWebSocket(/socket\.io/, (socket) => {
      const server = socket.connectToServer()
      const held: (string | Buffer)[] = []
      server.onMessage((frame) => {
        if (holding && `${frame}`.startsWith('42["entries"')) held.push(frame)
        else socket.send(frame)
      })
      letGo = () => {
        holding = false
        for (const frame of held.splice(0)) socket.send(frame)
      }
    })
    await page.evaluate(() => localStorage.setItem('hubbub.transport', 'websocket'))
    await page.reload()
    await signIn(page, 'Ada')
    await openRoom(page, room)
    await send(page, 'Before')
    await message(page, 'Before').waitFor()
    holding = true
    await bob.send(room, 'In between')
    await send(page, 'Helo')
    await message(page, 'Helo').waitFor()
    await composer(page).press('ArrowUp')
    await page.getByText('Editing your message').waitFor()
    await send(page, 'Hello')
    await message(page, 'Hello').getByText('(edited)').waitFor()
    const texts = () => messages(page, '').locator('.text').allTextContents()
    expect(await texts()).toEqual(['Before', 'Hello (edited)'])
    letGo()
    await message(page, 'In between').waitFor()
    expect(await texts()).toEqual(['Before', 'In between', 'Hello (edited)'])
    expect(await page.locator('.unsaid').count()).toBe(0)
  })

  test('a rejected message stays in its room with the reason, and can be retried or discarded', async () => {
    const page = await open(browser, cluster.url, (problem) => problems.push(problem))
    let refusing = true
    // The fake node rejects every message permanently.
    await page.routeWebSocket(/socket\.io/, (socket) => {
      const server = socket.connectToServer()
      socket.onMessage((frame) => {
        const id = /^42(\d+)\["message:send"/.exec(`${frame}`)?.[1]
        const fault = { code: 'unavailable', message: 'No.', retryable: false }
        if (id && refusing) socket.send(`43${id}${JSON.stringify([{ ok: false, fault }])}`)
        else server.send(frame)
      })
    })
    await page.evaluate(() => localStorage.setItem('hubbub.transport', 'websocket'))
    await page.reload()
    await signIn(page, 'Ada')
    await openRoom(page, room)
    await send(page, 'Once')
    await send(page, 'Never')
    const unsaid = (text: string) => page.locator('.unsaid').filter({ hasText: text })
    await unsaid('Once').getByText('Not sent. Something went wrong.').waitFor()
    await unsaid('Never').getByRole('button', { name: 'Discard' }).click()
    await unsaid('Never').waitFor({ state: 'detached' })
    refusing = false
    await unsaid('Once').getByRole('button', { name: 'Retry' }).click()
    await message(page, 'Once').waitFor()
    expect(await page.locator('.unsaid').count()).toBe(0)
  })
})

describe('accessibility', () => {
  test('arrow keys move between messages, and Tab moves to the actions', async () => {
    for (const text of ['First', 'Second', 'Third']) await bob.send(room, text)
    const ada = await arrive('Ada')
    await message(ada, 'Third').waitFor()
    await ada.locator('textarea:focus').waitFor()
    await ada.keyboard.press('Shift+Tab')
    await ada.locator('li:focus', { hasText: 'Third' }).waitFor()
    await ada.keyboard.press('ArrowUp')
    await ada.locator('li:focus', { hasText: 'Second' }).waitFor()
    await ada.keyboard.press('Home')
    await ada.locator('li:focus', { hasText: 'First' }).waitFor()
    await ada.keyboard.press('Tab')
    await ada.locator('[aria-label="React with thumbs up"]:focus').waitFor()
    await ada.keyboard.press('Enter')
    await message(ada, 'First').getByRole('button', { name: 'thumbs up, 1: you' }).waitFor()
  })

  test('on a phone, a tap shows the actions of a message', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    const page = await context.newPage()
    await page.goto(`${cluster.url}/#/room/${room}`)
    await signIn(page, 'Ada')
    await send(page, 'Touch me')
    await message(page, 'Touch me').tap()
    await message(page, 'Touch me').getByRole('button', { name: 'Edit' }).tap()
    await page.getByText('Editing your message').waitFor()
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    expect(wide).toBeLessThanOrEqual(390)
  })

  test('axe-core finds nothing in a conversation', async () => {
    const { seq } = await bob.send(room, '**All** of *it*: `code`, https://a.example, @Ada, @Bob')
    await bob.react(room, seq, '🎉')
    await bob.send(room, 'שלום', { replyTo: seq })
    await bob.delete(room, (await bob.send(room, 'gone')).seq)
    await bob.edit(room, (await bob.send(room, 'changd')).seq, 'changed')
    const ada = await arrive('Ada')
    await message(ada, 'changed').waitFor()
    await act(message(ada, 'שלום'), 'Reply')
    expect(await accessibilityFindings(ada)).toEqual([])
    await act(message(ada, 'code'), 'Add reaction')
    await ada.getByLabel('Find an emoji').waitFor()
    expect(await accessibilityFindings(ada)).toEqual([])
  }, 180_000)
})

/** Sends `number 1` … `number count`; every seventh message is long. */
async function fill(room: string, count: number): Promise<void> {
  const filler = 'and on it goes '.repeat(20)
  const said: Promise<unknown>[] = []
  for (let i = 1; i <= count; i++) said.push(bob.send(room, `number ${i}${i % 7 === 0 ? `: ${filler}` : ''}`))
  await Promise.all(said)
}

/** Two frames: one for the layout, and one for the effects that it triggers. */
const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))

/**
 * Selects the composer's text as soon as the edit or reply is shown. Returns whether the composer had the focus then,
 * where its caret was, and what is selected two frames later.
 */
async function selectedAtOnce(): Promise<unknown> {
  const box = document.querySelector<HTMLTextAreaElement>('.composer textarea')!
  await new Promise<void>((shown) => {
    const look = new MutationObserver(() => {
      if (!document.querySelector('.composer .about')) return
      look.disconnect()
      shown()
    })
    look.observe(box.form!, { childList: true, subtree: true })
  })
  const [focused, before] = [document.activeElement === box, box.selectionStart]
  box.select()
  for (let frame = 0; frame < 2; frame++) await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))
  return { focused, text: box.value, before, from: box.selectionStart, to: box.selectionEnd }
}

/**
 * Scrolls up by 350 px, waits for loading to finish, and returns by how many pixels the first visible message is off its
 * expected position.
 */
async function scrolledWrong(): Promise<number> {
  const STEP_PX = 350
  const log = document.querySelector('.log')!
  const top = log.getBoundingClientRect().top
  const shown = [...document.querySelectorAll<HTMLElement>('[data-seq] .text')]
  const first = shown.find((text) => text.getBoundingClientRect().top >= top)!
  const before = first.getBoundingClientRect().top
  const step = Math.min(STEP_PX, log.scrollTop)
  log.scrollTop -= step
  do {
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame)
  } while (document.querySelector('[role="log"][aria-busy="true"]'))
  if (!first.isConnected) throw new Error('The first visible message was rendered again.')
  return Math.abs(first.getBoundingClientRect().top - before - step)
}

/** The seq and position of the first visible message. */
function firstInSight(): unknown {
  const top = document.querySelector('.log')!.getBoundingClientRect().top
  const first = [...document.querySelectorAll<HTMLElement>('[data-seq]')].find(
    (row) => row.getBoundingClientRect().top >= top,
  )!
  return [first.dataset.seq, first.getBoundingClientRect().top]
}

/** True if the list is scrolled to its end, within 5 px. */
function atEnd(): boolean {
  const log = document.querySelector('.log')!
  return log.scrollHeight - log.scrollTop - log.clientHeight < 5
}
