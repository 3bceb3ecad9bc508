import { expect, test } from '@jest/globals'
import { Server } from 'socket.io'
import { sendFramesInOnePiece } from './frames.ts'

/** Socket.IO packet type EVENT. */
const EVENT = 2

test.each([10, 1_000, 100_000])('encodes a broadcast of %i characters as one complete frame', (length) => {
  const { adapter } = new Server().of('/')
  sendFramesInOnePiece(adapter)
  const sent: Buffer[][] = []
  type Options = { wsPreEncodedFrame: Buffer[] }
  const client = { writeToEngine: (_: unknown, options: Options) => sent.push(options.wsPreEncodedFrame) }
  adapter.nsp.sockets.set('a', { client } as never)
  adapter.addAll('a', new Set(['room']))
  const data = ['entries', 'ä'.repeat(length)]
  adapter.broadcast({ type: EVENT, data }, { rooms: new Set(['room']), except: new Set() })
  expect(sent).toEqual([[expect.any(Buffer)]])
  expect(textOf(sent[0]![0]!)).toBe(`42${JSON.stringify(data)}`)
})

/** RFC 6455, section 5.2. */
function textOf(frame: Buffer): string {
  expect(frame[0]).toBe(0x81)
  const short = frame[1]!
  const [begin, length] =
    short < 126 ? [2, short] : short === 126 ? [4, frame.readUInt16BE(2)] : [10, Number(frame.readBigUInt64BE(2))]
  expect(frame.length).toBe(begin + length)
  return frame.toString('utf8', begin)
}
