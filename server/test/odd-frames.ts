import fc from 'fast-check'
import { BINARY, CLOSE, frame, PING, PONG, TEXT } from './raw.ts'

const someBytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes))
const ping = '421["ping",{}]'

/** Valid frames (RFC 6455), and the number of answers that their commands expect. */
export const soundFrames: fc.Arbitrary<{ bytes: Buffer; expectedAnswers: number }> = fc.oneof(
  someBytes(125).map((payload) => ({ bytes: frame(payload, { opcode: PING }), expectedAnswers: 0 })),
  someBytes(125).map((payload) => ({ bytes: frame(payload, { opcode: PONG }), expectedAnswers: 0 })),
  // One message in several frames, some of them empty, with pings in between.
  fc
    .array(fc.nat({ max: ping.length }), { maxLength: 6 })
    .map((cuts) => ({ bytes: fragmented(ping, cuts), expectedAnswers: 1 })),
)

function fragmented(message: string, cuts: number[]): Buffer {
  const ends = [...cuts.sort((one, other) => one - other), message.length]
  const frames = ends.map((end, i) => {
    const part = message.slice(ends[i - 1] ?? 0, end)
    return frame(part, { opcode: i === 0 ? TEXT : 0, fin: i === cuts.length })
  })
  return Buffer.concat(frames.flatMap((part) => [part, frame('', { opcode: PING })]).slice(0, -1))
}

/** Invalid or unfinished frames, which end the connection. */
export const brokenFrames: fc.Arbitrary<Buffer> = fc.oneof(
  someBytes(400),
  fc
    .record({ opcode: fc.constantFrom(3, 4, 5, 6, 7, 11, 12, 13, 14, 15), fin: fc.boolean() })
    .map((how) => frame('x', how)),
  fc.record({ reserved: fc.integer({ min: 1, max: 7 }) }).map((how) => frame(ping, how)),
  fc
    .record({ opcode: fc.integer({ min: 0, max: 15 }), fin: fc.boolean() })
    .map((how) => frame('x', { ...how, masked: false })),
  // Control frames that are too long or fragmented.
  fc.constantFrom(CLOSE, PING, PONG).map((opcode) => frame('x'.repeat(126), { opcode })),
  fc.constantFrom(CLOSE, PING, PONG).map((opcode) => frame('x', { opcode, fin: false })),
  // Lengths that are too large or do not match the payload.
  fc
    .tuple(fc.constantFrom(0, TEXT, BINARY, PING), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), someBytes(50))
    .map(([opcode, length, payload]) => frame(payload, { opcode, length })),
  fc.constantFrom(100_001n, 2n ** 31n, 2n ** 53n, 2n ** 63n).map((length) => frame('4', { length })),
  // Text that is not UTF-8; an encoded surrogate; a character cut in half by the frames' border.
  someBytes(60).map((bytes) => frame(Buffer.concat([Buffer.from('42["'), bytes, Buffer.of(0xff)]), { opcode: TEXT })),
  fc
    .constantFrom('c080', 'eda080', 'f4908080', 'f8888080', 'ff')
    .map((hex) => frame(Buffer.from(hex, 'hex'), { opcode: TEXT })),
  // A message without a final frame, and a continuation frame without a start.
  fc
    .nat({ max: 500 })
    .map((n) =>
      Buffer.concat(Array.from({ length: n + 1 }, (_, i) => frame('x', { opcode: i ? 0 : TEXT, fin: false }))),
    ),
  fc.boolean().map((fin) => frame('x', { opcode: 0, fin })),
  fc.constantFrom(TEXT, BINARY).map((opcode) => Buffer.concat([frame('4', { fin: false }), frame('x', { opcode })])),
  // Close frames with reserved codes, invalid UTF-8 or half a code, and data after a close frame.
  fc.nat({ max: 65_535 }).map((code) => frame(Buffer.of(code >> 8, code & 255, 0x78), { opcode: CLOSE })),
  fc
    .constantFrom('03', '03e8ff', '03e8')
    .map((hex) => Buffer.concat([frame(Buffer.from(hex, 'hex'), { opcode: CLOSE }), frame(ping)])),
)
