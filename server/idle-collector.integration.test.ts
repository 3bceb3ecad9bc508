import { expect, test } from '@jest/globals'
import { IdleCollector } from './idle-collector.ts'
import { UNLIMITED } from './local/unlimited.ts'
import { NodeProcess } from './test/node-process.ts'
import { TestClient } from './test/person.ts'

const MB = 1024 * 1024

/** A simulated heap, with `live` bytes after a collection. */
function fake() {
  const state = { total: 40 * MB, used: 30 * MB, live: 40 * MB, busy: 0, collections: 0 }
  const collector = new IdleCollector({
    heap: () => state,
    utilization: () => state.busy,
    collect: () => {
      state.collections++
      state.total = state.live
      state.used = state.live
    },
  })
  return { state, collector }
}

test('collects garbage when the node is idle', () => {
  const { state, collector } = fake()
  Object.assign(state, { total: 120 * MB, used: 90 * MB, busy: 0.9 })
  collector.check()
  expect(state.collections).toBe(0)
  state.busy = 0.1
  collector.check()
  collector.check()
  expect(state.collections).toBe(1)
})

test('does not collect a live heap repeatedly', () => {
  const { state, collector } = fake()
  Object.assign(state, { total: 120 * MB, used: 100 * MB, live: 110 * MB })
  for (let i = 0; i < 10; i++) collector.check()
  expect(state.collections).toBe(1)
  // If V8 has shrunk the heap, growth is measured from the smaller size.
  state.total = 50 * MB
  collector.check()
  state.total = 90 * MB
  collector.check()
  expect(state.collections).toBe(2)
})

test('leaves little garbage and large heaps to V8', () => {
  const { state, collector } = fake()
  state.total += 30 * MB
  collector.check()
  Object.assign(state, { total: 900 * MB, used: 500 * MB })
  collector.check()
  expect(state.collections).toBe(0)
  // The live bytes are unknown before the first collection, and known afterwards.
  Object.assign(state, { total: 400 * MB, used: 300 * MB, live: 200 * MB })
  collector.check()
  Object.assign(state, { total: 400 * MB, used: 300 * MB })
  collector.check()
  expect(state.collections).toBe(1)
})

test('a node releases its heap after a load peak', async () => {
  const fast = { ...UNLIMITED, COMMANDS_PER_SECOND: '1000000', COMMANDS_BURST: '1000000', APPENDS_BURST: '1000' }
  const node = await NodeProcess.start({ ...fast, DRAIN_MS: '0' })
  const heapBytes = async () => {
    const text = await (await fetch(`${node.url}/metrics`)).text()
    return Number(/^nodejs_heap_size_total_bytes(?:\{[^}]*\})? (\S+)/m.exec(text)![1])
  }
  try {
    const ada = await TestClient.connect(node.url, 'Ada')
    await ada.emit('room:join', { room: 'lobby' })
    await Promise.all(Array.from({ length: 30 }, () => ada.send('lobby', 'x'.repeat(3_900))))
    const before = await heapBytes()
    let most = before
    for (let i = 0; i < 40 && most < before + 60 * MB; i++) {
      await Promise.all(Array.from({ length: 100 }, () => ada.request('history:read', { room: 'lobby', limit: 200 })))
      most = Math.max(most, await heapBytes())
    }
    expect(most).toBeGreaterThanOrEqual(before + 60 * MB)
    for (const until = performance.now() + 45_000; (await heapBytes()) > before + 32 * MB; ) {
      expect(performance.now()).toBeLessThan(until)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  } finally {
    TestClient.disconnectAll()
    await node.stop()
  }
}, 120_000)
