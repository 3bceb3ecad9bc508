import { expect, test } from '@jest/globals'
import type { NodeStats } from '../../../protocol/stats.ts'
import { NodeHistory, WINDOW_MS } from './node-history.ts'

const START = 1_000_000

/** A cluster that is polled once a second; a node with `beats: false` stays listed with its last report. */
function setUp(...names: string[]) {
  const nodeHistory = new NodeHistory()
  const nodes = new Map<string, NodeStats & { beats: boolean }>()
  let now = START
  const add = (node: string, more: Partial<NodeStats> = {}) => {
    const none = { connections: 0, websocket: 0, polling: 0, rooms: 0, accepted: 0, delivered: 0, acceptedPerSecond: 0 }
    nodes.set(node, { node, ...none, loopDelayMs: 0, rssBytes: 0, uptimeMs: 0, ...more, beats: true })
  }
  const set = (node: string, more: Partial<NodeStats> & { beats?: boolean }) =>
    Object.assign(nodes.get(node) as object, more)
  const pass = (seconds = 1) => {
    for (let i = 0; i < seconds; i++) {
      now += 1_000
      for (const stats of nodes.values()) if (stats.beats) stats.uptimeMs += 1_000
      const rows = [...nodes.values()].map(({ beats, ...stats }) => stats)
      nodeHistory.update({ connections: 0, accepted: 0, delivered: 0, acceptedPerSecond: 0, nodes: rows }, now)
    }
  }
  /** Time passes without answers. */
  const outage = (seconds: number) => {
    now += 1_000 * seconds
  }
  const told = () => nodeHistory.events.map(({ text }) => text).reverse()
  const states = () => Object.fromEntries(nodeHistory.nodes.map(({ node, state }) => [node, state]))
  for (const name of names) add(name)
  return { watch: nodeHistory, add, set, drop: (node: string) => nodes.delete(node), pass, outage, told, states }
}

test('rates are averages over the last seconds of one run of a node', () => {
  const { watch, set, pass } = setUp('n1')
  pass()
  expect(watch.nodes[0]).not.toHaveProperty('messages')
  set('n1', { accepted: 7, delivered: 70 })
  pass()
  expect(watch.nodes[0]).toMatchObject({ messages: 7, deliveries: 70 })
  set('n1', { accepted: 7, delivered: 70 })
  pass(5)
  expect(watch.nodes[0]).toMatchObject({ messages: 0, deliveries: 0 })
  set('n1', { accepted: 17 })
  pass()
  expect(watch.nodes[0]).toMatchObject({ messages: 2, deliveries: 0 })
  // Polled without a new report of the node.
  set('n1', { beats: false })
  pass()
  expect(watch.nodes[0]).toMatchObject({ messages: 2, deliveries: 0 })
  set('n1', { beats: true, accepted: 0, delivered: 0, uptimeMs: 0 })
  pass()
  expect(watch.nodes[0]).not.toHaveProperty('messages')
})

test('a killed node is silent, its connections move, then it is gone', () => {
  const { set, drop, pass, told, states } = setUp('n1', 'n2', 'n3')
  for (const node of ['n1', 'n2', 'n3']) set(node, { connections: 12 })
  pass(5)
  set('n2', { beats: false })
  pass()
  set('n1', { connections: 17 })
  set('n3', { connections: 18 })
  pass()
  set('n3', { connections: 19 })
  pass(2)
  expect(states()).toEqual({ n1: 'up', n2: 'silent', n3: 'up' })
  expect(told()).toEqual([
    'n2 is silent: no report for 4 s.',
    'The 12 connections of n2 moved to n1 and n3 within 3 s.',
  ])
  pass(2)
  drop('n2')
  pass()
  expect(states()).toEqual({ n1: 'up', n2: 'gone', n3: 'up' })
  expect(told().slice(2)).toEqual(['n2 is gone.'])
  pass(WINDOW_MS / 1_000)
  expect(states()).toEqual({ n1: 'up', n3: 'up' })
})

test('the connections of a drained node move before it is gone', () => {
  const { set, drop, pass, told } = setUp('n1', 'n2')
  set('n2', { connections: 3 })
  pass(3)
  for (const moved of [1, 2, 3]) {
    set('n1', { connections: moved })
    set('n2', { connections: 3 - moved })
    pass()
  }
  drop('n2')
  pass()
  expect(told()).toEqual(['n2 is gone.', 'The 3 connections of n2 moved to n1 within 3 s.'])
})

test('reports connections that do not reconnect within the timeout', () => {
  const { set, drop, pass, told } = setUp('n1', 'n2')
  set('n2', { connections: 5 })
  pass(3)
  drop('n2')
  pass()
  set('n1', { connections: 2 })
  pass(19)
  expect(told()).toEqual(['n2 is gone.'])
  pass()
  expect(told()[1]).toBe('2 of the 5 connections of n2 moved to n1 within 21 s.')
})

test('a node without connections has no failover', () => {
  const { drop, pass, told } = setUp('n1', 'n2')
  pass(3)
  drop('n2')
  pass(30)
  expect(told()).toEqual(['n2 is gone.'])
})

test('a frozen node that resumes reports again without a failover', () => {
  const { set, pass, told, states } = setUp('n1', 'n2')
  set('n2', { connections: 5 })
  pass(3)
  set('n2', { beats: false })
  pass(4)
  set('n2', { beats: true, uptimeMs: 7_000 })
  pass(30)
  expect(states()).toEqual({ n1: 'up', n2: 'up' })
  expect(told()).toEqual(['n2 is silent: no report for 4 s.', 'n2 reports again after 5 s.'])
})

test('connections may move to the restarted node itself', () => {
  const { set, pass, told } = setUp('n1', 'n2')
  set('n2', { connections: 4, uptimeMs: 600_000 })
  pass(3)
  set('n1', { connections: 3 })
  set('n2', { connections: 0, uptimeMs: 0 })
  pass()
  set('n2', { connections: 1 })
  pass()
  expect(told()).toEqual([
    'n2 restarted after an uptime of 10 min.',
    'The 4 connections of n2 moved to n1 and n2 within 2 s.',
  ])
})

test('a new node is reported and has its own slot', () => {
  const { watch, add, drop, pass, told } = setUp('b', 'c')
  pass()
  add('a')
  pass()
  expect(told()).toEqual(['a has joined.'])
  expect(watch.nodes.map(({ node, slot }) => [node, slot])).toEqual([
    ['a', 2],
    ['b', 0],
    ['c', 1],
  ])
  drop('b')
  pass()
  add('b')
  pass()
  expect(told().slice(1)).toEqual(['b is gone.', 'b is back after 2 s.'])
})

test('a sample contains the running nodes', () => {
  const { watch, set, pass } = setUp('n1', 'n2')
  pass(3)
  set('n2', { beats: false })
  pass(4)
  expect([...watch.samples.at(-1)!.nodes.keys()]).toEqual(['n1'])
  expect([...watch.samples[0]!.nodes.keys()]).toEqual(['n1', 'n2'])
  pass(300)
  expect(watch.samples).toHaveLength(WINDOW_MS / 1_000 + 1)
})

test('after an outage, nodes have time to report before they count as silent or gone', () => {
  const { add, drop, set, pass, outage, told, states } = setUp('n1', 'n2', 'n3')
  set('n3', { connections: 2 })
  pass(3)
  outage(10)
  drop('n2')
  set('n3', { beats: false })
  pass(2)
  expect(states()).toEqual({ n1: 'up', n2: 'up', n3: 'up' })
  add('n2', { uptimeMs: 30_000 })
  pass(3)
  expect(told()).toEqual(['n3 is silent: no report for 15 s.'])
})
