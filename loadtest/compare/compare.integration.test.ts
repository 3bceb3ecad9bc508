import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { RunningSystem } from '../systems/systems.ts'
import { type Cell, MODES } from './cells.ts'
import { derived } from './derived.ts'
import { between, edgeCounters } from './edge-counters.ts'
import { Link, whyNoLink } from './link.ts'
import { measure } from './measure.ts'
import { startSystem } from './site.ts'
import { membersOf, poolOf } from './talk.ts'

let runningSystem: RunningSystem

beforeAll(async () => {
  runningSystem = await startSystem(0)
}, 60_000)
afterAll(() => runningSystem?.stop())

const load = { size: 3, rate: 10, rooms: 2, seconds: 0.5 }

test.each(MODES)(
  '%s: all messages are delivered and their cost is counted',
  async (mode) => {
    const cell: Cell = { kind: 'talk', mode, windowMs: 0, ...load }
    const { figures, ...result } = await measure(cell, { system: runningSystem })
    expect(result).toEqual({ complete: true })
    expect(figures).toMatchObject({ messages: 30, deliveries: 90, upgrades: 0 })
    // Without batching, each message is a packet.
    expect(figures.packets).toBe(90)
    if (mode === 'polling') expect(figures.polls).toBeGreaterThanOrEqual(6)
    else expect(figures.polls! + figures.posts!).toBe(0)
    const { bytes, requests, messagesPerPacket } = derived(figures)
    expect(bytes).toBeGreaterThan(150)
    expect(requests).toBe(mode === 'polling' ? (figures.polls! + figures.posts!) / 90 : 0)
    expect(messagesPerPacket).toBe(1)
  },
  60_000,
)

test.each(MODES)(
  '%s: the kernel at the edge and the clients count the same bytes',
  async (mode) => {
    const benchPool = poolOf({ system: runningSystem }, mode, membersOf({ rooms: 1, size: 3 }))
    try {
      await benchPool.connect()
      const deadline = performance.now() + 40_000
      for (;;) {
        const counters = await edgeCounters(runningSystem.edge!.port)
        // The tool `ss` is not installed.
        if (!counters) return
        const { sent, received } = between(new Map(), counters)!
        // Packets may be in flight; between heartbeats the connection is idle for seconds.
        if (sent > 1_000 && sent === benchPool.sum.received && received === benchPool.sum.sent) return
        expect(performance.now()).toBeLessThan(deadline)
        await delay(50)
      }
    } finally {
      await benchPool.stop()
    }
  },
  60_000,
)

test.each(MODES)(
  '%s: new clients join and receive their own message',
  async (mode) => {
    const { figures, ...result } = await measure({ kind: 'arrive', mode, times: 3 }, { system: runningSystem })
    expect(result).toEqual({ complete: true })
    expect(figures.times).toBe(3)
    expect(figures.firstMs).toBeGreaterThan(figures.joinedMs!)
    if (mode === 'upgraded') expect(figures.upgradedMs).toBeGreaterThan(0)
    else expect(figures).not.toHaveProperty('upgradedMs')
    if (mode === 'websocket') expect(figures.requests).toBe(1)
    else expect(figures.requests).toBeGreaterThan(1)
  },
  60_000,
)

test('a link has its delay and is removed; if it cannot be created, there is a reason', async () => {
  const why = await whyNoLink()
  if (why !== undefined) {
    expect(why).toMatch(/\w/)
    return
  }
  const link = await Link.open({ name: 'a test', delayMs: 120, loss: 0 })
  const server = createServer((socket) => socket.end('x')).listen(0, link.host)
  try {
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const program = `const t = performance.now(); require('net').connect(${port}, '${link.host}').on('connect', () => {
      console.log(performance.now() - t); process.exit() })`
    const [command, ...words] = [...link.elsewhere, process.execPath, '-e', program]
    const there = spawn(command!, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [said] = await once(there.stdout!, 'data')
    expect(Number(said)).toBeGreaterThan(119)
  } finally {
    server.close()
    await link.close()
  }
  expect(existsSync(`/sys/class/net/hubbub${process.pid % 10_000}a`)).toBe(false)
}, 60_000)
