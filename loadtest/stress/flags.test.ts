import { expect, test } from '@jest/globals'
import { PHASES } from './abuse/phases.ts'
import { stressFlags, USAGE } from './flags.ts'
import { PRESETS } from './presets.ts'

test('a preset can be used as it is or changed by flags', () => {
  const flags = stressFlags(['--preset', 'strangers-small'])
  expect(flags).toEqual({
    preset: PRESETS.find(({ name }) => name === 'strangers-small'),
    nodes: 3,
    metrics: [],
    seed: 1,
    phases: PHASES.map(({ name }) => name),
    list: false,
    help: false,
  })
  const smaller = stressFlags(['--preset=strangers-large', '--clients', '40', '--seconds', '2', '--nodes', '2'])
  expect(smaller).toMatchObject({
    preset: { clients: 40, bytes: 10_240, paced: { everyMs: 50, seconds: 2 } },
    nodes: 2,
  })
  expect(stressFlags(['--preset', 'text-loop', '--seconds', '5', '--clients', '7'])).toMatchObject({
    preset: { seconds: 5, clients: 7 },
  })
})

test('a running server can be used', () => {
  const argv = ['--preset', 'text-loop', '--url', 'http://localhost:8080', '--metrics', 'http://a:1,http://b:2']
  expect(stressFlags(argv)).toMatchObject({ url: 'http://localhost:8080', metrics: ['http://a:1', 'http://b:2'] })
})

test('overload accepts a capacity, on a started cluster', () => {
  expect(stressFlags(['--preset', 'overload', '--capacity', '900', '--clients', '20'])).toMatchObject({
    preset: { clients: 20 },
    capacity: 900,
  })
  expect(stressFlags(['--preset', 'overload', '--nodes', '1', '--clients', '3', '--capacity', '1'])).toEqual([
    '--capacity must be an integer from 100 to 1000000, not "1".',
    '--nodes must be at least 2 for overload: one for senders, one for listeners.',
    '--clients must be an even number for overload.',
  ])
  expect(stressFlags(['--preset', 'abuse', '--capacity', '900'])).toEqual(['--capacity requires --preset overload.'])
})

test('abuse accepts phases, duration and seed', () => {
  const argv = ['--preset', 'abuse', '--seconds', '10', '--phases', 'websocket,together', '--seed', '7']
  expect(stressFlags(argv)).toMatchObject({ preset: { seconds: 10 }, phases: ['websocket', 'together'], seed: 7 })
  expect(stressFlags(['--preset', 'abuse', '--phases', 'websocket,none', '--seed', '-1'])).toEqual([
    '--seed must be an integer from 0 to 4294967295, not "-1".',
    expect.stringMatching(/^--phases must be a comma-separated list of websocket, .*together, not "none"\.$/),
  ])
  expect(stressFlags(['--preset', 'text-loop', '--phases', 'websocket'])).toEqual(['--phases requires --preset abuse.'])
  expect(stressFlags(['--preset', 'abuse', '--url', 'http://x'])).toEqual([
    expect.stringMatching(/^--url cannot be used with/),
  ])
})

test('--list and --help need no other flag', () => {
  expect(stressFlags(['--list'])).toMatchObject({ list: true })
  expect(stressFlags(['-h'])).toMatchObject({ help: true })
  for (const { name } of PRESETS) expect(USAGE).toContain(name)
})

test('invalid flags are reported in one sentence each', () => {
  const of = (...argv: string[]) => stressFlags(argv)
  expect(of()).toEqual([expect.stringMatching(/^--preset is missing: it must be one of strangers-90000, /)])
  expect(of('--preset', 'lots')).toEqual([expect.stringMatching(/^--preset is not "lots": it must be one of /)])
  expect(
    of('--preset', 'strangers-90000', '--clients', '3', '--seconds', '4', '--nodes', '13', '--frob', '--json='),
  ).toEqual([
    'Unknown option --frob.',
    '--json needs a value.',
    '--nodes must be an integer from 1 to 12, not "13".',
    '--clients must be an even number for strangers-90000, whose clients are paired.',
    '--seconds cannot be used with strangers-90000: it ends when all messages are sent.',
  ])
  expect(of('--preset', 'text-loop', '--url', 'ws://x', '--metrics', 'nowhere')).toEqual([
    '--url must be an address such as http://localhost:8080, not "ws://x".',
    '--metrics must be an address such as http://localhost:8080, not "nowhere".',
  ])
  expect(of('--preset', 'text-loop', '--metrics', 'http://x')).toEqual(['--metrics requires --url.'])
})

test('presets offer the original loads', () => {
  const offered = PRESETS.map((preset) => {
    if (preset.kind !== 'strangers') return `${preset.clients} x ${preset.seconds} s`
    const { clients, bytes, messages, paced } = preset
    return `${clients} x ${bytes} ${messages ? `x ${messages}` : `/ ${paced!.everyMs} ms`}`
  })
  expect(offered).toEqual([
    '3000 x 2000 x 30',
    '3000 x 500 / 100 ms',
    '2000 x 10240 / 50 ms',
    '10 x 60 s',
    '300 x 60 s',
    '1000 x 8 s',
  ])
})
