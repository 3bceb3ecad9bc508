import { describe, expect, test } from '@jest/globals'
import { LocalStorageOutbox, TAB_LETTERS_MOST } from './local-storage-outbox.ts'
import type { PendingCommand } from './pending-command.ts'

const letter = (text: string, writtenAt = Date.now(), more: Partial<PendingCommand> = {}): PendingCommand =>
  ({
    command: 'message:send',
    input: { room: 'lobby', text, clientId: `id-${text}` },
    writtenAt,
    ...more,
  }) as PendingCommand
const texts = (pendingCommands: PendingCommand[]) =>
  pendingCommands.map(({ input }) => ('text' in input ? input.text : ''))
const granted = () => new Promise<void>((done) => setImmediate(done))

/** localStorage, the Web Locks API and the storage event, as the tabs of one origin share them. */
function startBrowser({ secure = true } = {}) {
  const items = new Map<string, string>()
  const queues = new Map<string, { tab: object; run(): void }[]>()
  const tabs: { self: object; events: EventTarget }[] = []
  const state = { quota: Number.POSITIVE_INFINITY }

  function openTab() {
    const self = {}
    const events = new EventTarget()
    tabs.push({ self, events })
    const tell = (key: string, newValue: string | null) => {
      for (const other of tabs) {
        if (other.self === self) continue
        other.events.dispatchEvent(Object.assign(new Event('storage'), { key, newValue }))
      }
    }
    const storage = {
      get length() {
        return items.size
      },
      key: (i: number) => [...items.keys()][i] ?? null,
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => {
        if (items.size >= state.quota && !items.has(key)) throw new DOMException('full', 'QuotaExceededError')
        items.set(key, value)
        tell(key, value)
      },
      removeItem: (key: string) => {
        items.delete(key)
        tell(key, null)
      },
    } as Storage
    const request = (name: string, hold: () => Promise<unknown>) =>
      new Promise((resolve) => {
        const queue = queues.get(name) ?? []
        queues.set(name, queue)
        const run = () => {
          grant = () => {}
          resolve(hold())
        }
        let grant = run
        queue.push({ tab: self, run: () => grant() })
        if (queue.length === 1) setImmediate(() => queue[0]?.run())
      })
    const locks = secure ? ({ request } as unknown as LockManager) : null
    const store = new LocalStorageOutbox('letters', { storage, locks, tabs: events })
    const close = () => {
      tabs.splice(
        tabs.findIndex((tab) => tab.self === self),
        1,
      )
      for (const [name, queue] of queues) {
        const held = queue[0]?.tab === self
        const left = queue.filter(({ tab }) => tab !== self)
        queues.set(name, left)
        if (held) setImmediate(() => left[0]?.run())
      }
    }
    const found: string[] = []
    store.watch((letters) => found.push(...texts(letters)))
    return { store, found, close }
  }
  return { items, state, openTab }
}

describe('letters of a tab', () => {
  test('are kept in the order of their writing, replaced, and dropped', () => {
    const { store } = startBrowser().openTab()
    const now = Date.now()
    store.put(letter('b', now + 1))
    store.put(letter('a', now))
    store.put(letter('b', now + 1, { doubtful: true }))
    expect(texts(store.all())).toEqual(['a', 'b'])
    expect(store.all()[1]).toMatchObject({ doubtful: true })
    store.drop(letter('a'))
    expect(texts(store.all())).toEqual(['b'])
  })

  test('are left alone by other tabs while it lives', async () => {
    const browser = startBrowser()
    const one = browser.openTab()
    one.store.put(letter('a'))
    const other = browser.openTab()
    other.store.put(letter('b'))
    await granted()
    expect([texts(one.store.all()), texts(other.store.all())]).toEqual([['a'], ['b']])
    expect([one.found, other.found]).toEqual([[], []])
  })

  test.each([
    ['a tab that comes later', false],
    ['one tab that was there before', true],
  ])('are found by %s when it is gone', async (_, before) => {
    const browser = startBrowser()
    const early = before ? [browser.openTab(), browser.openTab()] : []
    const gone = browser.openTab()
    await granted()
    gone.store.put(letter('a'))
    gone.close()
    const heirs = before ? early : [browser.openTab()]
    await granted()
    await granted()
    expect(heirs.flatMap(({ found }) => found)).toEqual(['a'])
    const [heir] = heirs.filter(({ found }) => found.length > 0)
    heir!.store.drop(letter('a'))
    expect(browser.items.size).toBe(0)
  })

  test('are inherited again from the heir', async () => {
    const browser = startBrowser()
    const first = browser.openTab()
    await granted()
    first.store.put(letter('a'))
    first.close()
    const second = browser.openTab()
    await granted()
    second.store.put(letter('a', Date.now(), { doubtful: true }))
    second.close()
    const third = browser.openTab()
    await granted()
    expect(third.found).toEqual(['a'])
    expect(third.store.all()).toMatchObject([{ doubtful: true }])
  })

  test('without locks a tab takes what it finds when it starts', () => {
    const browser = startBrowser({ secure: false })
    browser.openTab().store.put(letter('a'))
    expect(texts(browser.openTab().store.all())).toEqual(['a'])
  })

  test('have a bound, and say so when the browser has one', () => {
    const { openTab, state } = startBrowser()
    const { store } = openTab()
    for (let i = 0; i < TAB_LETTERS_MOST; i++) store.put(letter(`${i}`))
    expect(() => store.put(letter('more'))).toThrow('letters wait already')
    expect(() => store.put(letter('0'))).not.toThrow()
    store.drop(letter('0'))
    state.quota = 10
    expect(() => store.put(letter('more'))).toThrow('full')
  })

  test('what is damaged or of last month goes', async () => {
    const browser = startBrowser()
    browser.items.set('letters:tab:x', '{"input":')
    browser.items.set('letters:tab:y', JSON.stringify(letter('a', Date.now() - 31 * 86_400_000)))
    browser.items.set('something', 'else')
    const { found } = browser.openTab()
    await granted()
    expect(found).toEqual([])
    expect([...browser.items.keys()]).toEqual(['something'])
  })
})
