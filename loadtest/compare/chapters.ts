import { FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import { carried, gatherable, LINKS } from './cells.ts'
import { type Findings, kilo, measured, ms, NAMES, type Rate, type TransportMode, tenths, whole } from './findings.ts'
import type { Summary } from './results.ts'
import { counts } from './table.ts'

export const firstMessage = (findings: Findings): string =>
  measured(
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
        (mode) => findings.arrive(mode, link),
        ({ of }) => [
          ...[ms(of('joinedMs')), ms(of('firstMs')), ms(of('upgradedMs'))],
          ...[tenths(of('requests')), whole(of('sent')), whole(of('received'))],
        ],
        link ?? 'this machine',
      ),
    ),
  )

export const eachMessage = (findings: Findings): string =>
  measured(
    ['', 'bytes up', 'bytes down', 'requests', 'nodes µs', 'nginx µs', 'p50 ms', 'p95 ms', 'p99 ms', 'counts'],
    carried.flatMap((load) => findings.rows((mode) => findings.talk(mode, load), talked, nameOf(load))),
  )

export const atRest = (findings: Findings): string =>
  measured(
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
      (mode) => findings.idle(mode),
      ({ of }) => [
        ...[kilo(of('rssBytes')), kilo(of('heapBytes')), kilo(of('edgeBytes'))],
        ...[whole(of('bytesPerMinute')), tenths(of('requestsPerMinute'))],
        ...[whole(of('nodesMicrosPerMinute')), whole(of('edgeMicrosPerMinute'))],
      ],
    ),
  )

export const behindLinks = (findings: Findings): string =>
  measured(
    ['', 'bytes up', 'bytes down', 'requests', 'nodes µs', 'nginx µs', 'p50 ms', 'p95 ms', 'p99 ms', 'counts'],
    LINKS.flatMap(({ name: link }) =>
      [
        { size: 2, rate: 1 },
        { size: 50, rate: 1 },
      ].flatMap((load) =>
        findings.rows((mode) => findings.talk(mode, load, { link }), talked, `${link}, ${nameOf(load)}`),
      ),
    ),
  )

export const gathering = (findings: Findings): string =>
  measured(
    [
      '',
      'µs of nodes and nginx, not gathered',
      'gathered',
      'p99 ms, not gathered',
      'gathered',
      'messages a packet, not gathered',
      'gathered',
    ],
    gatherable.flatMap((load) =>
      (['websocket', 'polling'] as const).flatMap((mode) => {
        const [without, gathered] = [findings.talk(mode, load, { gathered: false }), findings.talk(mode, load)]
        if (!without || !gathered) return []
        const pair = (figure: string) => [tenths(without.of(figure)), tenths(gathered.of(figure))]
        const late = [without, gathered].map(({ complete, repetitions }) => complete < repetitions)
        const name = `${nameOf(load)}, ${NAMES[mode]}${late.some(Boolean) ? ' (not all arrived in time)' : ''}`
        return [[name, ...pair('serverMicros'), ...pair('p99'), ...pair('messagesPerPacket')]]
      }),
    ),
  )

/** Compares WebSocket under load with long-polling and with upgraded connections, as Etherpad did. */
export function etherpad(findings: Findings): string {
  const plannedOf = (gathered: boolean) => (gathered ? carried : gatherable)
  const judged = (gathered: boolean, figure: string, other: TransportMode) =>
    plannedOf(gathered).flatMap((load) => {
      const one = middle(findings.talk('websocket', load, { gathered }), figure)
      const two = middle(findings.talk(other, load, { gathered }), figure)
      return one === undefined || two === undefined ? [] : [{ load, ratio: one / two }]
    })
  const verdict = (gathered: boolean, figure: string, other: TransportMode, what: string) => {
    const all = judged(gathered, figure, other)
    if (all.length === 0) return undefined
    const worse = all.filter(({ ratio }) => ratio > CLEARLY)
    const begin = `${gathered ? `With the window of ${FANOUT_WINDOW_MS} ms` : 'Without gathering'}, WebSocket ${what}`
    if (worse.length === 0) {
      const whole = all.length === plannedOf(gathered).length ? ': refuted, here' : ''
      return `- ${begin} at none of the ${all.length} loads measured${whole}.`
    }
    const where = worse.map(({ load, ratio }) => `${nameOf(load)} (${ratio.toFixed(1)} times)`).join(', ')
    return `- ${begin} at ${worse.length} of the ${all.length} loads measured: ${where}.`
  }
  const lines = [false, true].flatMap((gathered) => [
    verdict(gathered, 'p95', 'polling', 'has the higher 95th percentile than long-polling'),
    verdict(gathered, 'p95', 'upgraded', 'has the higher 95th percentile than what begins by polling and upgrades'),
    verdict(gathered, 'serverMicros', 'polling', 'costs more processor time for each message than long-polling'),
  ])
  return lines.filter((line) => line !== undefined).join('\n') || 'Not measured yet.'
}

/** Ratio above which a difference exceeds the variation between repetitions. */
const CLEARLY = 1.25

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
