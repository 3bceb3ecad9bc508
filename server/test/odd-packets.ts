import fc from 'fast-check'
import { type CommandName, commands } from '../../protocol/commands.ts'
import { anything, validInput } from './odd-input.ts'

/** Engine.IO packets, text or binary, that form one unit, and the number of answers that they expect. */
export interface PacketGroup {
  packets: (string | Buffer)[]
  expectedAnswers: number
}

const text = (packet: string, expectedAnswers = 0): PacketGroup => ({ packets: [packet], expectedAnswers })
const names = Object.keys(commands) as CommandName[]
const json = anything.map((value) => JSON.stringify(value) ?? 'null')
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const long = (character: string) => character.repeat(20_000)

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<string | number>(...names) },
  fc.constantFrom<string | number>('error', 'connection', '__proto__', 'constructor', '', 'x'.repeat(5_000)),
  fc.constantFrom<string | number>(0, 7, -1, 1.5, 1e300),
)

const input = fc.oneof(
  { weight: 2, arbitrary: fc.oneof(...names.map((command) => validInput(command, ['raw', 1, 2, 3]))) },
  anything,
)

/** An acknowledgement id; every event with one expects an answer. */
const id = fc.oneof(fc.nat(), fc.constantFrom('0', '00', '9007199254740993', long('9')))

const event = fc
  .tuple(fc.option(id), name, fc.array(input, { maxLength: 2 }))
  .map(([number, event, args]) => text(`42${number ?? ''}${JSON.stringify([event, ...args])}`, number === null ? 0 : 1))

const binaryEvent = fc
  .tuple(fc.integer({ min: 1, max: 10 }), name, fc.boolean())
  .map(([count, event, swapped]): PacketGroup => {
    const places = Array.from({ length: count }, (_, i) => ({ _placeholder: true, num: swapped ? 0 : i }))
    const binaries = Array.from({ length: count }, (_, i) => Buffer.alloc(i * 50, i))
    return { packets: [`45${count}-7${JSON.stringify([event, ...places])}`, ...binaries], expectedAnswers: 1 }
  })

/** Packets that the connection survives: each is answered, rejected or ignored. */
export const survivable: fc.Arbitrary<PacketGroup> = fc.oneof(
  { weight: 8, arbitrary: event },
  { weight: 2, arbitrary: binaryEvent },
  // Other namespaces, and acknowledgements that were not requested.
  json.map((auth) => text(`40/admin,${auth.startsWith('{') ? auth : ''}`)),
  fc.stringMatching(/^[a-z0-9_?=&%/-]{1,40}$/).map((namespace) => text(`40/${namespace},`)),
  fc.tuple(fc.nat(), json).map(([number, value]) => text(`43${number}[${value}]`)),
  fc.constantFrom('430[]', '3', '6', '3probe', '0{"sid":"x"}', '5').map((packet) => text(packet)),
  fc.nat().map(
    (n): PacketGroup => ({
      packets: [`461-${n}[{"_placeholder":true,"num":0}]`, Buffer.from('x')],
      expectedAnswers: 0,
    }),
  ),
  fc.integer({ min: 1, max: 40_000 }).map((depth) => text(`421["room:join",${nested(depth)}]`, 1)),
)

const words = (text: string) => text.trim().split(/\s+/)

const broken = fc.constantFrom(
  ...words(`1 2 2probe 4 4/ 4- 4x 7 9 x b b! b= bAAAA 40 40{} 40null 40[] 40/ 41 41{} 41[] 41/admin, 44 44{} 44"x" 47 48
    42 42[ 42{} 42[] 42[null] 42[{}] 42[[]] 42"x" 42null 42["x" 421 42/ 42/,["x"] 42/admin,["x"] 42["connect"] 42["disconnect"]
    42["disconnecting"] 42["newListener"] 42["connect_error",{}] 42["\\ud800" \ufeff42["x"] 431 43{} 43null 43/admin,1[] 45
    45- 45-["x"] 450-["x"] 45-1-["x"] 451["x"] 451.5-["x"] 45NaN-["x"] 45999999999- 45999999999-["x"] 4511-["x"] 451e1-["x"]
    450x1-["x"] 45Infinity-["x"] 461-{} 469-`),
  '',
  '\0',
  '45 1-["x"]',
  '42["x"]\0',
  `b${long('A')}`,
  `40/${long('x')},`,
  `42${long('1')}`,
  `45${long('9')}-`,
  `42["x",${nested(40_000)}`,
  `42["x",${long('{"a":')}`,
)

const brokenBinary = fc.constantFrom<PacketGroup['packets']>(
  [Buffer.alloc(0)],
  [Buffer.from('42["ping",{}]')],
  ['452-["x",{"_placeholder":true,"num":0}]', Buffer.from('x'), '3', '42["x"]'],
  ...[-1, 1, 1e9, 0.5, null, '0', '__proto__', { toString: 'x' }].map((num) => [
    `451-["x",{"_placeholder":true,"num":${JSON.stringify(num)}}]`,
    Buffer.from('x'),
  ]),
  [`451-["x",${nested(30_000)}]`, Buffer.from('x')],
  ['451-["x",{"__proto__":{"_placeholder":true,"num":0}}]', Buffer.from('x')],
  ['451-["ping"]', '451-["ping"]'],
)

/** Packets that may end their connection, but no other. */
export const fatal: fc.Arbitrary<PacketGroup['packets']> = fc.oneof(
  broken.map((packet) => [packet]),
  brokenBinary,
  fc.string({ unit: 'binary', maxLength: 60 }).map((packet) => [packet]),
  fc.string({ unit: 'binary', maxLength: 60 }).map((packet) => [`4${packet}`]),
  fc.tuple(fc.integer({ min: 0, max: 9 }), json).map(([type, value]) => [`4${type}${value}`]),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => [Buffer.from(bytes)]),
)
