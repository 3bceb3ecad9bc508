import { describe, expect, test } from '@jest/globals'
import { LocalStorageOutbox, MAX_STORED_COMMANDS } from './local-storage-outbox.ts'
import type { PendingCommand } from './pending-command.ts'

const pending = (text: string, writtenAt = Date.now(), more: Partial<PendingCommand> = {}): PendingCommand =>
  ({
    command: 'message:send',
    input: { room: 'lobby', text, clientId: `id-${text}` },
    writtenAt,
    ...more,
  }) as PendingCommand
const texts = (pendingCommands: PendingCommand[]) =>
  pendingCommands.map(({ input }) => ('text' in input ? input.text : ''))
const granted = () => new Promise<void>((done) => setImmediate(done))

/** A model of localStorage, the Web Locks API and storage events, shared by the tabs of one origin. */
function startBrowser({ secure = true } = {}) {
  const items = new Map<string, string>()
  const queues = new Map<string, { tab: object; run(): void }[]>()
  const tabs: { self: object; events: EventTarget }[] = []
  const state = { quota: Number.POSITIVE_INFINITY }

  function openTab() {
    const self = {}
    const events = new EventTarget()
    tabs.push({ self, events })
    const notify = (key: string, newValue: string | null) => {
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
        notify(key, value)
      },
      removeItem: (key: string) => {
        items.delete(key)
        notify(key, null)
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
    store.watch((pendingCommands) => found.push(...texts(pendingCommands)))
    return { store, found, close }
  }
  return { items, state, openTab }
}

describe('localStorage outbox', () => {
  test('stores commands in the order of writtenAt, replaces and drops them', () => {
    const { store } = startBrowser().openTab()
    const now = Date.now()
    store.put(pending('b', now + 1))
    store.put(pending('a', now))
    store.put(pending('b', now + 1, { doubtful: true }))
    expect(texts(store.all())).toEqual(['a', 'b'])
    expect(store.all()[1]).toMatchObject({ doubtful: true })
    store.drop(pending('a'))
    expect(texts(store.all())).toEqual(['b'])
  })

  test('does not touch the commands of another open tab', async () => {
    const browser = startBrowser()
    const one = browser.openTab()
    one.store.put(pending('a'))
    const other = browser.openTab()
    other.store.put(pending('b'))
    await granted()
    expect([texts(one.store.all()), texts(other.store.all())]).toEqual([['a'], ['b']])
    expect([one.found, other.found]).toEqual([[], []])
  })

  test.each([
    ['a tab that is opened later', false],
    ['exactly one tab that was already open', true],
  ])('the commands of a closed tab go to %s', async (_, before) => {
    const browser = startBrowser()
    const early = before ? [browser.openTab(), browser.openTab()] : []
    const gone = browser.openTab()
    await granted()
    gone.store.put(pending('a'))
    gone.close()
    const successors = before ? early : [browser.openTab()]
    await granted()
    await granted()
    expect(successors.flatMap(({ found }) => found)).toEqual(['a'])
    const [successor] = successors.filter(({ found }) => found.length > 0)
    successor!.store.drop(pending('a'))
    expect(browser.items.size).toBe(0)
  })

  test('takes over commands that were taken over before', async () => {
    const browser = startBrowser()
    const first = browser.openTab()
    await granted()
    first.store.put(pending('a'))
    first.close()
    const second = browser.openTab()
    await granted()
    second.store.put(pending('a', Date.now(), { doubtful: true }))
    second.close()
    const third = browser.openTab()
    await granted()
    expect(third.found).toEqual(['a'])
    expect(third.store.all()).toMatchObject([{ doubtful: true }])
  })

  test('without locks, a tab takes over all commands on start', () => {
    const browser = startBrowser({ secure: false })
    browser.openTab().store.put(pending('a'))
    expect(texts(browser.openTab().store.all())).toEqual(['a'])
  })

  test('throws when its own limit or the quota of the browser is reached', () => {
    const { openTab, state } = startBrowser()
    const { store } = openTab()
    for (let i = 0; i < MAX_STORED_COMMANDS; i++) store.put(pending(`${i}`))
    expect(() => store.put(pending('more'))).toThrow('The outbox is full')
    expect(() => store.put(pending('0'))).not.toThrow()
    store.drop(pending('0'))
    state.quota = 10
    expect(() => store.put(pending('more'))).toThrow('full')
  })

  test('deletes corrupt and expired items', async () => {
    const browser = startBrowser()
    browser.items.set('letters:tab:x', '{"input":')
    browser.items.set('letters:tab:y', JSON.stringify(pending('a', Date.now() - 31 * 86_400_000)))
    browser.items.set('something', 'else')
    const { found } = browser.openTab()
    await granted()
    expect(found).toEqual([])
    expect([...browser.items.keys()]).toEqual(['something'])
  })
})
