import fc from 'fast-check'
import { lastRequest } from './broken-requests.ts'
import { brokenFrames, soundFrames } from './odd-frames.ts'
import { anything } from './odd-input.ts'
import { fatal, mild } from './odd-packets.ts'
import { request } from './odd-requests.ts'
import { abuses, type Where } from './odd-sessions.ts'
import { PollingSession } from './polling-session.ts'
import { frame, RawConnection } from './raw.ts'

/** One connection, and all that is said on it. */
export interface AttackInput {
  /** What was made up, to be read when it fails. */
  made: unknown
  /** Returns everything that was heard; throws when an answer is owed. */
  fire(where: Where): Promise<string>
}

export interface Attack {
  what: string
  volleys: fc.Arbitrary<AttackInput>
  /** So many cases are in a volley. */
  cases: number
  /** So many volleys in `npm test`. */
  count: number
}

const volleys = <T>(of: fc.Arbitrary<T>, fire: (made: T, where: Where) => Promise<string>): fc.Arbitrary<AttackInput> =>
  of.map((made) => ({ made, fire: (where) => fire(made, where) }))

/** First what a connection survives, answer by answer; then what it may not. */
const then = <A, B>(length: number, sound: fc.Arbitrary<A>, broken: fc.Arbitrary<B>) =>
  fc.record({ sound: fc.array(sound, { minLength: length, maxLength: length }), broken, dice: fc.nat({ max: 19 }) })

/** An answer to a command, as a packet. */
const ANSWER = /43[^[]{0,400}\[\{"ok"/
const owed = (sound: { owed: number }[]): number => sound.reduce((sum, one) => sum + one.owed, 0)

async function answers(rawConnection: RawConnection, what: RegExp, count: number): Promise<void> {
  if (!(await rawConnection.waitFor(what, count)))
    throw new Error(`ended before its ${count} answers: ${rawConnection.heard.slice(-1_000)}`)
}

const packetsOnWebSocket = volleys(then(25, mild, fatal), async ({ sound, broken }, { port, token }) => {
  const raw = await RawConnection.webSocket(port, { token })
  raw.write(...sound.flatMap(({ packets }) => packets.map((packet) => frame(packet))))
  await answers(raw, ANSWER, owed(sound))
  raw.write(...broken.map((packet) => frame(packet)))
  await raw.finish()
  return raw.heard
})

const packetsOnPolling = volleys(then(15, mild, fatal), async ({ sound, broken }, { port, token }) => {
  const session = await PollingSession.open(port, token)
  await session.send(...sound.flatMap(({ packets }) => packets))
  await session.waitFor(ANSWER, owed(sound))
  await session.send(...broken)
  await session.leave()
  return session.heard
})

const packetsBeforeConnect = volleys(fatal, async (packets, { port }) => {
  const raw = await RawConnection.webSocket(port)
  raw.write(...packets.map((packet) => frame(packet)))
  await raw.finish()
  return raw.heard
})

const frames = volleys(then(5, soundFrames, brokenFrames), async ({ sound, broken, dice }, { port, token }) => {
  const raw = await RawConnection.webSocket(port, { token })
  const bytes = Buffer.concat(sound.map((one) => one.bytes))
  if (dice === 0) await raw.trickle(bytes)
  else raw.write(bytes)
  await answers(raw, ANSWER, owed(sound))
  if (dice === 0) await raw.trickle(broken)
  else raw.write(broken)
  if (dice === 1) await raw.vanish()
  else await raw.finish()
  return raw.heard
})

const requests = volleys(then(20, request, lastRequest), async ({ sound, broken }, { port }) => {
  const raw = await RawConnection.open(port)
  raw.write(...sound)
  await answers(raw, /HTTP\/1\.1 [2345]/, sound.length)
  if (/HTTP\/1\.1 503|Something went wrong|node_modules/.test(raw.heard)) throw new Error(raw.heard)
  raw.write(broken)
  await raw.finish()
  return raw.heard
})

const auth = fc.oneof(anything, fc.record({ token: anything }), fc.record({ name: anything }))
const newcomers = volleys(auth, async (made, { port }) => {
  const raw = await RawConnection.webSocket(port)
  raw.write(frame(`40${JSON.stringify(made)}`))
  // Refused, let in, or closed upon.
  await raw.waitFor(/44\{|42\["session"|\x88\0/)
  await raw.finish()
  return raw.heard
})

const how = fc.record({ how: fc.constantFrom(...Object.keys(abuses)), n: fc.nat({ max: 10_000 }) })
const abusedSessions = volleys(how, ({ how, n }, where) => abuses[how]!({ ...where, n }))

/** 53,400 cases; with those of properties.test.ts, more than 100,000. */
export const attacks: Attack[] = [
  // First, since a session whose client vanished takes a while to be noticed.
  { what: 'abused sessions', volleys: abusedSessions, cases: 1, count: 300 },
  { what: 'packets on WebSocket', volleys: packetsOnWebSocket, cases: 26, count: 1_000 },
  { what: 'packets on polling', volleys: packetsOnPolling, cases: 16, count: 250 },
  { what: 'packets before CONNECT', volleys: packetsBeforeConnect, cases: 1, count: 1_000 },
  { what: 'frames', volleys: frames, cases: 6, count: 1_500 },
  { what: 'requests', volleys: requests, cases: 21, count: 600 },
  { what: 'newcomers', volleys: newcomers, cases: 1, count: 500 },
]
