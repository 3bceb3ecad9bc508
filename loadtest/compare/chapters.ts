import { FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import { carried, LINKS } from './cells.ts'
import { type Findings, grid, kilo, ms, NAMES, type Rate, sentences, tenths, whole } from './findings.ts'
import type { Summary } from './results.ts'
import { counts } from './table.ts'

export const firstMessage = (findings: Findings): string =>
  grid(
    [
      '',
      'room’s messages there, ms',
      'own message heard, ms',
      'WebSocket in use, ms',
      'requests',
      'bytes up',
      'bytes down',
    ],
    [undefined, ...LINKS.map(({ name }) => name)].flatMap((link) =>
      findings.rows(
        (way) => findings.arrive(way, link),
        ({ of }) => [
          ...[ms(of('joinedMs')), ms(of('firstMs')), ms(of('upgradedMs'))],
          ...[tenths(of('requests')), whole(of('sent')), whole(of('received'))],
        ],
        link ?? 'this machine',
      ),
    ),
  )

export const eachMessage = (findings: Findings): string =>
  grid(
    ['', 'bytes up', 'bytes down', 'requests', 'nodes µs', 'nginx µs', 'p50 ms', 'p95 ms', 'p99 ms', 'counts'],
    carried.flatMap((load) => findings.rows((way) => findings.talk(way, load), talked, nameOf(load))),
  )

export const atRest = (findings: Findings): string =>
  grid(
    [
      '',
      'node, resident kB',
      'node, heap kB',
      'nginx, resident kB',
      'bytes a minute',
      'requests a minute',
      'nodes µs a minute',
      'nginx µs a minute',
    ],
    findings.rows(
      (way) => findings.idle(way),
      ({ of }) => [
        ...[kilo(of('rssBytes')), kilo(of('heapBytes')), kilo(of('edgeBytes'))],
        ...[whole(of('bytesPerMinute')), tenths(of('requestsPerMinute'))],
        ...[whole(of('nodesMicrosPerMinute')), whole(of('edgeMicrosPerMinute'))],
      ],
    ),
  )

export const behindLinks = (findings: Findings): string =>
  grid(
    ['', 'bytes up', 'bytes down', 'requests', 'nodes µs', 'nginx µs', 'p50 ms', 'p95 ms', 'p99 ms', 'counts'],
    LINKS.flatMap(({ name: link }) =>
      [
        { size: 2, rate: 1 },
        { size: 50, rate: 1 },
      ].flatMap((load) =>
        findings.rows((way) => findings.talk(way, load, { link }), talked, `${link}, ${nameOf(load)}`),
      ),
    ),
  )

/** The loads at which there is something to gather: several messages of a room within a poll's round trip. */
const GATHERABLE = carried.filter(({ size, rate }) => size * rate >= 10)

export const gathering = (findings: Findings): string =>
  grid(
    [
      '',
      'µs of nodes and nginx, not gathered',
      'gathered',
      'p99 ms, not gathered',
      'gathered',
      'messages a packet, not gathered',
      'gathered',
    ],
    GATHERABLE.flatMap((load) =>
      (['websocket', 'polling'] as const).flatMap((way) => {
        const [without, gathered] = [findings.talk(way, load, { gathered: false }), findings.talk(way, load)]
        if (!without || !gathered) return []
        const pair = (figure: string) => [tenths(without.of(figure)), tenths(gathered.of(figure))]
        const late = [without, gathered].map(({ complete, repetitions }) => complete < repetitions)
        const name = `${nameOf(load)}, ${NAMES[way]}${late.some(Boolean) ? ' (not all arrived in time)' : ''}`
        return [[name, ...pair('serverMicros'), ...pair('p99'), ...pair('messagesPerPacket')]]
      }),
    ),
  )

/** Whether WebSocket is the slower one under load, with and without gathering. */
export function etherpad(findings: Findings): string {
  const judged = (gathered: boolean, figure: string) =>
    carried.flatMap((load) => {
      const [webSocket, polling] = [
        findings.talk('websocket', load, { gathered }),
        findings.talk('polling', load, { gathered }),
      ]
      const [one, other] = [middle(webSocket, figure), middle(polling, figure)]
      return one === undefined || other === undefined ? [] : [{ load, slower: one > other, ratio: one / other }]
    })
  const verdict = (gathered: boolean, figure: string, what: string) => {
    const all = judged(gathered, figure)
    if (all.length === 0) return undefined
    const worse = all.filter(({ slower }) => slower)
    const begin = `${gathered ? `With the window of ${FANOUT_WINDOW_MS} ms` : 'Without gathering'}, WebSocket ${what}`
    if (worse.length === 0) {
      const whole = all.length === carried.length ? ': refuted, here' : ''
      return `${begin} at none of the ${all.length} loads measured${whole}.`
    }
    const where = worse.map(({ load, ratio }) => `${nameOf(load)} (${ratio.toFixed(1)} times)`).join(', ')
    return `${begin} at ${worse.length} of the ${all.length} loads measured: ${where}.`
  }
  return sentences(
    verdict(false, 'p99', 'is slower than long-polling, by the 99th percentile,'),
    verdict(false, 'serverMicros', 'costs more processor time for each message'),
    verdict(true, 'p99', 'is slower, by the 99th percentile,'),
    verdict(true, 'serverMicros', 'costs more processor time for each message'),
  )
}

const talked = (summary: Summary): string[] => {
  const { of } = summary
  const bytes = [whole(of('upBytes')), whole(of('downBytes')), tenths(of('requests'))]
  return [
    ...bytes,
    tenths(of('nodesMicros')),
    tenths(of('edgeMicros')),
    ms(of('p50')),
    ms(of('p95')),
    ms(of('p99')),
    counts(summary),
  ]
}

const middle = (summary: Summary | undefined, figure: string) => summary?.of(figure)?.median

export const nameOf = ({ size, rate }: Rate): string => `rooms of ${size}, ${rate}/s each`
