import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { AddressCommands } from './address-commands.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const RATE = { perSecond: 100, burst: 200 }
const FLOODERS = 50

/** Takes `count` units one after the other and counts them in `taken`. */
async function use(commands: AddressCommands, address: string, count: number, taken: (unit: number) => void) {
  for (let unit = 1; unit <= count; unit++) {
    if (!commands.take(address)) await commands.wait(address, new AbortController().signal)
    taken(unit)
  }
}

test('an address beyond its budget gets its rate, shared equally by its connections', async () => {
  const commands = new AddressCommands(RATE)
  const taken = Array<number>(FLOODERS).fill(0)
  const all = taken.map((_, i) =>
    use(commands, 'flood', 1_000, () => {
      taken[i]! += 1
    }),
  )
  void all
  await jest.advanceTimersByTimeAsync(10_000)
  const sum = taken.reduce((one, other) => one + other, 0)
  expect(sum).toBeGreaterThan(RATE.burst + 9 * RATE.perSecond)
  expect(sum).toBeLessThanOrEqual(RATE.burst + 10 * RATE.perSecond)
  // The burst goes to the first connection, the rest is shared round robin.
  const later = taken.slice(1)
  expect(Math.max(...later) - Math.min(...later)).toBeLessThanOrEqual(1)
})

test('a slow sender waits at most one round of the other connections, and other addresses do not wait', async () => {
  const commands = new AddressCommands(RATE)
  for (let i = 0; i < FLOODERS; i++) void use(commands, 'nat', 1_000, () => {})
  await jest.advanceTimersByTimeAsync(5_000)
  expect(commands.take('elsewhere')).toBe(true)
  let waited = 0
  const began = performance.now()
  void use(commands, 'nat', 1, () => {
    waited = performance.now() - began
  })
  await jest.advanceTimersByTimeAsync(2_000)
  expect(waited).toBeGreaterThan(0)
  expect(waited).toBeLessThanOrEqual(((FLOODERS + 1) / RATE.perSecond) * 1_000 + 20)
})

test('the additional cost of a command delays the next one', async () => {
  const commands = new AddressCommands(RATE)
  for (let unit = 0; unit < 20; unit++) {
    expect(commands.take('dear')).toBe(true)
    commands.charge('dear', 9)
  }
  expect(commands.take('dear')).toBe(false)
  commands.charge('dear', 49)
  let done = false
  void commands.wait('dear', new AbortController().signal).then(() => {
    done = true
  })
  await jest.advanceTimersByTimeAsync(480)
  expect(done).toBe(false)
  await jest.advanceTimersByTimeAsync(60)
  expect(done).toBe(true)
})

test('an aborted waiter does not delay the others', async () => {
  const commands = new AddressCommands({ perSecond: 1, burst: 1 })
  expect(commands.take('a')).toBe(true)
  const gone = new AbortController()
  const waiting = commands.wait('a', gone.signal)
  gone.abort()
  await expect(waiting).rejects.toBeDefined()
  await jest.advanceTimersByTimeAsync(1_000)
  expect(commands.take('a')).toBe(true)
})

test('addresses with a full budget are removed', async () => {
  const commands = new AddressCommands(RATE)
  for (let i = 0; i < 1_000; i++) commands.take(`address ${i}`)
  expect(commands.size).toBe(1_000)
  await jest.advanceTimersByTimeAsync(61_000)
  commands.take('one more')
  expect(commands.size).toBe(1)
})

test('0 disables the limit', () => {
  const commands = new AddressCommands({ perSecond: 0, burst: 0 })
  for (let unit = 0; unit < 10_000; unit++) expect(commands.take('a')).toBe(true)
  expect(commands.size).toBe(0)
})
