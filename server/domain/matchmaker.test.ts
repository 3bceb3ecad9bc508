import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { unavailable } from './fault-error.ts'
import type { JournalEvent } from './journal.ts'
import { type MatchClient, Matchmaker } from './matchmaker.ts'
import type { Matches, Pair } from './ports.ts'

const GRACE_MS = 20
const ada = { id: 'ada', name: 'Ada' }
const pair: Pair = { room: 'match:1', stranger: { id: 'bob', name: 'Bob' } }

/** A store with the state of one user, whose answers a test can delay. */
function startStore() {
  const state = {
    place: undefined as Pair | 'waiting' | undefined,
    unavailableReason: undefined as string | undefined,
    /** Resolvers of the delayed answers of `find`; undefined if answers are not delayed. */
    held: undefined as undefined | (() => void)[],
  }
  const calls: string[] = []
  let notify: (user?: string) => void = () => {}
  const check = (call: string) => {
    calls.push(call)
    if (state.unavailableReason) throw unavailable()
  }
  const matches: Matches = {
    async find() {
      check('find')
      state.place ??= 'waiting'
      const answer = state.place
      if (state.held) await new Promise<void>((go) => state.held?.push(go))
      return answer === 'waiting' ? answer : { pair: answer, created: false }
    },
    async join(_, room) {
      check('enter')
      return typeof state.place === 'object' && state.place.room === room ? state.place : undefined
    },
    async release(_, { waitingOnly } = { waitingOnly: false }) {
      check(waitingOnly ? 'release waiting' : 'release')
      if (typeof state.place === 'object' && waitingOnly) return true
      state.place = undefined
      return false
    },
    async end() {
      check('part')
      if (typeof state.place === 'object') state.place = undefined
    },
    watch(changed) {
      notify = changed
    },
  }
  const becomes = (place: typeof state.place) => {
    state.place = place
    notify(ada.id)
  }
  return { matches, state, calls, becomes, unavailableReason: () => state.unavailableReason }
}

function start() {
  const store = startStore()
  const notifications: string[] = []
  const journal: JournalEvent[] = []
  const client = (name = ''): MatchClient => ({
    user: ada,
    way: 'polling',
    found: ({ room }) => notifications.push(`${name}found ${room}`),
    ended: (room) => notifications.push(`${name}ended ${room}`),
  })
  const matchmaker = new Matchmaker(store, GRACE_MS, { record: (journalEvent) => journal.push(journalEvent) })
  return { store, notifications, journal, client, matchmaker }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5)
}

test('notifies of a match once, after the answer', async () => {
  const { store, notifications, client, matchmaker } = start()
  store.state.place = pair
  await matchmaker.find(client())
  expect(notifications).toEqual([])
  await until(() => notifications.length > 0)
  store.becomes(pair)
  await until(() => store.calls.at(-1) === 'enter')
  expect(notifications).toEqual(['found match:1'])
})

test('an older answer does not revert a newer notification', async () => {
  const { store, notifications, client, matchmaker } = start()
  store.state.held = []
  const asked = matchmaker.find(client())
  await until(() => store.state.held?.length === 1)
  const [answer] = store.state.held
  store.state.held = undefined
  store.becomes(pair)
  answer!()
  await asked
  await until(() => notifications.length > 0)
  store.becomes(pair)
  await until(() => store.calls.at(-1) === 'enter')
  expect(notifications).toEqual(['found match:1'])
})

test('after data loss in the store a waiting user is enqueued again, and a match ends', async () => {
  const { store, notifications, client, matchmaker } = start()
  await matchmaker.find(client())
  store.becomes(undefined)
  await until(() => store.state.place === 'waiting')
  store.becomes(pair)
  await until(() => notifications.length === 1)
  store.becomes(undefined)
  await until(() => notifications.length === 2)
  expect(notifications).toEqual(['found match:1', 'ended match:1'])
  expect(store.state.place).toBeUndefined()
})

test('a disconnect leaves the queue at once and a match after the grace period, unless another connection opens within it', async () => {
  const { store, client, matchmaker } = start()
  const [first, second] = [client(), client()]
  await matchmaker.find(first)
  matchmaker.gone(first)
  await until(() => store.state.place === undefined)
  expect(store.calls.at(-1)).toBe('release waiting')
  store.state.place = pair
  await matchmaker.find(second)
  matchmaker.gone(second)
  const third = client()
  expect(await matchmaker.enter(third, pair.room)).toBe(true)
  await delay(3 * GRACE_MS)
  expect(store.state.place).toBe(pair)
  matchmaker.gone(third)
  await until(() => store.state.place === undefined)
})

test('the grace period restarts when the store is available again', async () => {
  const { store, client, matchmaker } = start()
  const first = client()
  store.state.place = pair
  await matchmaker.find(first)
  store.state.unavailableReason = 'away'
  matchmaker.gone(first)
  await delay(5 * GRACE_MS)
  expect(store.calls).not.toContain('release')
  store.state.unavailableReason = undefined
  expect(await matchmaker.enter(client(), pair.room)).toBe(true)
  await delay(5 * GRACE_MS)
  expect(store.state.place).toBe(pair)
})

test('a request while the store is unavailable is rejected, and its possible effect is undone', async () => {
  const { store, client, matchmaker } = start()
  store.state.unavailableReason = 'away'
  const asking = client()
  await expect(matchmaker.find(asking)).rejects.toMatchObject({ code: 'unavailable' })
  store.state.place = 'waiting'
  store.state.unavailableReason = undefined
  await until(() => store.state.place === undefined)
})

test('the connection that leaves is not notified, but other connections of the user are', async () => {
  const { store, notifications, client, matchmaker } = start()
  const [one, other] = [client('one '), client('other ')]
  store.state.place = pair
  await matchmaker.find(one)
  await matchmaker.find(other)
  await until(() => notifications.length === 2)
  expect(await matchmaker.leave(one)).toBe(pair.room)
  await until(() => notifications.length === 3)
  expect(notifications.at(-1)).toBe('other ended match:1')
})
