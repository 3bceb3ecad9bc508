import fc from 'fast-check'
import { z } from 'zod'
import { type CommandName, commands } from '../../protocol/commands.ts'

export interface Attempt {
  name: string
  args: unknown[]
  /** Whether an acknowledgement is requested. */
  ack: boolean
}

const deep = (depth: number): unknown => {
  let nest: unknown = 'x'
  for (let i = 0; i < depth; i++) nest = i % 2 ? [nest] : { nest }
  return nest
}

/** Typical mistakes of programs, and typical attack payloads. */
const oddities: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...[0, -0, -1, 0.5, 1e300, -1e300, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), Number.MAX_SAFE_INTEGER, NaN, Infinity],
  ...'0 1 NaN null {} * $ne %00 ../../etc/passwd __proto__ constructor prototype toString room:lobby slow user:1'.split(
    ' ',
  ),
  ...'\0,\u2028,\u202e,\ud800,a\udc00b,😀,lobby\r\nDEL x,<script>'.split(','),
  '',
  ' ',
  'x'.repeat(5_000),
  '😀'.repeat(4_001),
  '\ud83d'.repeat(50),
  null,
  true,
  [],
  {},
  [[]],
  [null],
  { $ne: 1 },
  { length: 1e9 },
  { toString: 'x', valueOf: 'x' },
  { toJSON: 'x' },
  { _placeholder: true, num: 0 },
  { type: 'Buffer', data: [1] },
  Buffer.alloc(0),
  Buffer.from([0xff, 0xfe, 0x00]),
  { b: Buffer.from('lobby') },
  [Buffer.from('x'), Buffer.from('y')],
  JSON.parse('{"__proto__":{"room":"lobby"}}'),
  JSON.parse('{"__proto__":null}'),
  { constructor: { prototype: 1 } },
  deep(10),
  deep(300),
  Array(1_000).fill(0),
  Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i])),
)

export const anything: fc.Arbitrary<unknown> = fc.oneof(
  oddities,
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.double(),
)

/** Valid, nearly valid and arbitrary inputs of a command. `known` are existing values (rooms, ids, sequence numbers) to use where they fit. */
export function attempts(name: CommandName, known: unknown[]): fc.Arbitrary<Attempt> {
  const valid = validInput(name, known)
  const args = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(valid) },
    { weight: 4, arbitrary: fc.tuple(nearlyValid(valid)) },
    { weight: 1, arbitrary: fc.tuple(anything) },
    { weight: 1, arbitrary: fc.array(fc.oneof(valid, anything), { maxLength: 4 }) },
  )
  return fc.record({ name: fc.constant(name), args, ack: often })
}

/** Names that are not commands, with arbitrary arguments. */
export const strangeAttempts: fc.Arbitrary<Attempt> = fc.record({
  name: fc.oneof(
    fc.constantFrom('error', 'connection', 'session', 'entries', '__proto__', 'constructor', 'hasOwnProperty', ''),
    fc.constantFrom(...Object.keys(commands)).map((name) => name.toUpperCase()),
    fc.string({ unit: 'binary' }),
  ),
  args: fc.array(anything, { maxLength: 3 }),
  ack: fc.boolean(),
})

const often = fc.integer({ min: 0, max: 9 }).map((n) => n > 0)

type Fields = Record<string, unknown>

/** Generated from the command's schema: each field is a known value that fits, or a generated one. */
export function validInput(name: CommandName, known: unknown[]): fc.Arbitrary<Fields> {
  const { input } = commands[name]
  const shape = Object.entries(input.shape as Record<string, z.ZodType>)
  const fields = shape.map(([key, schema]) => [key, validField(schema, known)] as const)
  const requiredKeys = shape.flatMap(([key, schema]) => (schema.safeParse(undefined).success ? [] : [key]))
  return fc
    .record(Object.fromEntries(fields), { requiredKeys })
    .filter((candidate) => input.safeParse(candidate).success)
}

function validField(schema: z.ZodType, known: unknown[]): fc.Arbitrary<unknown> {
  const fits = (value: unknown) => schema.safeParse(value).success
  const generated = fromJsonSchema(z.toJSONSchema(schema, { io: 'input' })).filter(fits)
  const fitting = known.filter(fits)
  if (fitting.length === 0) return generated
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...fitting) }, { weight: 1, arbitrary: generated })
}

function fromJsonSchema(schema: z.core.JSONSchema.JSONSchema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'integer') return fc.integer({ min: schema.minimum, max: Math.min(schema.maximum!, 2 ** 31 - 1) })
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern))
  if (schema.type === 'string') return fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 })
  throw new Error(`No generator for ${JSON.stringify(schema)}; add one here.`)
}

/** A valid input with one modification. */
function nearlyValid(valid: fc.Arbitrary<Fields>): fc.Arbitrary<unknown> {
  const step = fc.constantFrom('drop', 'replace', 'add', 'rename', 'wrap', 'text', 'pollute')
  return fc.tuple(valid, step, fc.nat(), anything).map(([input, how, nth, odd]) => {
    const keys = Object.keys(input)
    const key = keys[nth % Math.max(1, keys.length)] ?? 'room'
    const { [key]: value, ...rest } = input
    switch (how) {
      case 'drop':
        return rest
      case 'replace':
        return { ...input, [key]: odd }
      case 'add':
        return { ...input, [typeof odd === 'string' ? odd : 'more']: odd }
      case 'rename':
        return { ...rest, [`${key} `]: value }
      case 'wrap':
        return { ...input, [key]: [value] }
      case 'text':
        return JSON.stringify(input)
      default:
        return JSON.parse(`{"__proto__":${JSON.stringify(input)},"constructor":1}`)
    }
  })
}
