import { expect, test } from '@jest/globals'
import { Schedule } from './schedule.ts'
import { metric } from './servers.ts'
import { arrivalFaults, loopFaults, strangersFaults } from './verdict.ts'

/** Has room for a limited number of messages. */
class Speaker {
  paired = true
  over = false
  sent = 0
  constructor(public room: number) {}
  send(): boolean {
    if (this.room === 0 || !this.paired) return false
    this.room--
    this.sent++
    return true
  }
}

test('paced: messages are due by the clock once paired, and held back when they cannot be written', () => {
  const [free, full] = [new Speaker(1_000), new Speaker(3)]
  full.paired = false
  const schedule = new Schedule([free, full], { paced: { everyMs: 100, seconds: 1 } })
  schedule.turn(5_000)
  expect([schedule.offered, free.sent, full.sent]).toEqual([1, 1, 0])
  full.paired = true
  schedule.turn(5_250)
  expect([schedule.offered, schedule.heldBack, free.sent, full.sent]).toEqual([4, 0, 3, 1])
  schedule.turn(5_650)
  expect([schedule.offered, schedule.heldBack, free.sent, full.sent]).toEqual([12, 2, 7, 3])
  schedule.turn(6_000)
  expect([schedule.offered, free.sent, schedule.done]).toEqual([18, 10, false])
  // Called late: nothing is offered twice, and nothing after the end.
  schedule.turn(9_000)
  expect([schedule.offered, schedule.heldBack, free.sent, full.sent, schedule.done]).toEqual([20, 7, 10, 3, true])
})

test('counted: messages are sent as soon as they can be written', () => {
  const [one, other] = [new Speaker(4), new Speaker(2)]
  const schedule = new Schedule([one, other], { messages: 4 })
  schedule.turn(1)
  expect([schedule.offered, one.sent, other.sent, schedule.done]).toEqual([8, 4, 2, false])
  other.room = 9
  schedule.turn(2)
  expect([schedule.heldBack, one.sent, other.sent, schedule.done]).toEqual([0, 4, 4, true])
})

test.each([{ paced: { everyMs: 100, seconds: 1 } }, { messages: 4 }])(
  'a client whose partner left is not waited for: %j',
  (plan) => {
    const [one, other] = [new Speaker(100), new Speaker(0)]
    const schedule = new Schedule([one, other], plan)
    schedule.turn(0)
    other.over = true
    other.paired = false
    schedule.turn(1_000)
    expect(schedule.done).toBe(true)
  },
)

const reports = [
  { number: 1, sent: 3, received: 2, partner: 2 },
  { number: 2, sent: 2, received: 3, partner: 1 },
]
const good = { bytes: 10_240, sent: 5, stored: 15, relayed: 5, received: 5, wrong: 0, ended: {}, reports }

test('sent, stored, relayed and received messages agree for each pair', () => {
  expect(strangersFaults(good)).toEqual([])
  const { stored, relayed, ...fromOutside } = good
  expect(strangersFaults(fromOutside)).toEqual([])
  const silent = [
    { number: 1, sent: 0, received: 5, partner: 2 },
    { number: 2, sent: 5, received: 0 },
  ]
  expect(strangersFaults({ ...good, reports: silent })).toEqual([])
})

test.each([
  [{ stored: 14 }, '14 entries were stored for 5 messages of 3 parts each.'],
  [{ relayed: 4 }, '4 messages were relayed of 5 that were sent.'],
  [{ received: 6 }, '6 messages were received of 5 that were sent.'],
  [{ wanted: 6 }, '5 messages were sent, not 6.'],
  [{ wrong: 1 }, '1 frames were out of order, duplicated, truncated or unexpected.'],
  [{ ended: { 'closed with 1013': 2 } }, '2 clients were lost: closed with 1013.'],
  [
    { reports: [reports[0]!, { ...reports[1]!, received: 2 }] },
    '1 clients received other messages than their stranger sent.',
  ],
  [
    { reports: [reports[0]!, { ...reports[1]!, sent: 1 }] },
    '1 clients received other messages than their stranger sent.',
  ],
  [
    { reports: [reports[0]!, { ...reports[1]!, partner: 3 }] },
    '2 clients received other messages than their stranger sent.',
  ],
])('%j is a fault', (change, sentence) => {
  expect(strangersFaults({ ...good, ...change })).toEqual([sentence])
})

test('clients that did not connect or were not paired are reported with the reason', () => {
  const facts = { clients: 3_000, live: 2_998, ended: { 'refused with 503 Service Unavailable': 2 } }
  expect(arrivalFaults({ ...facts, kind: 'strangers' })).toEqual([
    '2,998 of 3,000 clients were paired.',
    '2 clients were lost: refused with 503 Service Unavailable.',
  ])
  expect(arrivalFaults({ ...facts, kind: 'loop', ended: {} })).toEqual(['2,998 of 3,000 clients were connected.'])
})

const MB = 1024 * 1024
const memory = { before: 100 * MB, most: 400 * MB, late: 120 * MB, clients: 0 }
const looped = {
  ...{ clients: 10, sent: 100, stored: 90, received: 100, wrong: 0, memory, shutDownMs: 900 },
  ended: { 'closed with 1012': 10 },
}

test('a loop in bounded memory with a fast shutdown passes', () => {
  expect(loopFaults(looped)).toEqual([])
  expect(loopFaults({ ...looped, shutDownMs: undefined, ended: {} })).toEqual([])
})

test.each([
  [{ received: 0 }, 'No message was relayed.'],
  [{ stored: 101 }, '101 entries were stored of 100 messages.'],
  [{ received: 111 }, '111 frames were read by 100 sends.'],
  [{ wrong: 2 }, '2 frames were not what was sent.'],
  [{ shutDownMs: 2_001 }, 'The nodes took 2001 ms to shut down.'],
  [{ memory: { ...memory, late: 400 * MB } }, 'A node grew by 315 MB.'],
  [{ ended: { 'closed with 1012': 9 } }, '1 clients were not notified of the shutdown.'],
  [{ ended: { 'closed with 1012': 10, 'closed with 1013': 1 } }, '1 clients were lost: closed with 1013.'],
])('%j is one', (change, sentence) => {
  expect(loopFaults({ ...looped, ...change })).toEqual([sentence])
})

test('a metric is summed over all labels', () => {
  const page = '# HELP a_total x\na_total{node="n1",of="x"} 3\na_total{node="n1"} 4\na_total_more 9\nb_bytes 1.5e+8\n'
  expect([metric(page, 'a_total'), metric(page, 'b_bytes'), metric(page, 'c')]).toEqual([7, 1.5e8, 0])
})
