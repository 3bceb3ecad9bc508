import fc from 'fast-check'
import { lastRequest } from './broken-requests.ts'
import { brokenFrames, soundFrames } from './odd-frames.ts'
import { anything } from './odd-input.ts'
import { fatal, survivable } from './odd-packets.ts'
import { request } from './odd-requests.ts'
import { abuses, type Target } from './odd-sessions.ts'
import { PollingSession } from './polling-session.ts'
import { frame, RawConnection } from './raw.ts'

/** One generated input, sent over one connection. */
export interface AttackInput {
  /** The generated value, printed when the case fails. */
  input: unknown
  /** Returns everything that the node sent; throws if an expected answer is missing. */
  run(where: Target): Promise<string>
}

export interface Attack {
  name: string
  inputs: fc.Arbitrary<AttackInput>
  /** Test cases per generated input. */
  casesPerInput: number
  /** Generated inputs per run of `npm test`. */
  count: number
}

const inputsOf = <T>(
  inputs: fc.Arbitrary<T>,
  run: (input: T, target: Target) => Promise<string>,
): fc.Arbitrary<AttackInput> => inputs.map((input) => ({ input, run: (target) => run(input, target) }))

/** A sequence of `length` inputs that the connection survives, followed by one that may end it. `dice` (0–19) varies the delivery. */
const followedBy = <A, B>(length: number, sound: fc.Arbitrary<A>, broken: fc.Arbitrary<B>) =>
  fc.record({ sound: fc.array(sound, { minLength: length, maxLength: length }), broken, dice: fc.nat({ max: 19 }) })

/** Matches an acknowledgement packet. */
const ANSWER = /43[^[]{0,400}\[\{"ok"/
const expectedAnswers = (sound: { expectedAnswers: number }[]): number =>
  sound.reduce((sum, one) => sum + one.expectedAnswers, 0)

async function waitForAnswers(rawConnection: RawConnection, pattern: RegExp, count: number): Promise<void> {
  if (!(await rawConnection.waitFor(pattern, count)))
    throw new Error(`the connection ended before ${count} answers: ${rawConnection.received.slice(-1_000)}`)
}

const packetsOnWebSocket = inputsOf(followedBy(25, survivable, fatal), async ({ sound, broken }, { port, token }) => {
  const raw = await RawConnection.webSocket(port, { token })
  raw.write(...sound.flatMap(({ packets }) => packets.map((packet) => frame(packet))))
  await waitForAnswers(raw, ANSWER, expectedAnswers(sound))
  raw.write(...broken.map((packet) => frame(packet)))
  await raw.finish()
  return raw.received
})

const packetsOnPolling = inputsOf(followedBy(15, survivable, fatal), async ({ sound, broken }, { port, token }) => {
  const session = await PollingSession.open(port, token)
  await session.send(...sound.flatMap(({ packets }) => packets))
  await session.waitFor(ANSWER, expectedAnswers(sound))
  await session.send(...broken)
  await session.close()
  return session.received
})

const packetsBeforeConnect = inputsOf(fatal, async (packets, { port }) => {
  const raw = await RawConnection.webSocket(port)
  raw.write(...packets.map((packet) => frame(packet)))
  await raw.finish()
  return raw.received
})

const frames = inputsOf(followedBy(5, soundFrames, brokenFrames), async ({ sound, broken, dice }, { port, token }) => {
  const raw = await RawConnection.webSocket(port, { token })
  const bytes = Buffer.concat(sound.map((one) => one.bytes))
  if (dice === 0) await raw.trickle(bytes)
  else raw.write(bytes)
  await waitForAnswers(raw, ANSWER, expectedAnswers(sound))
  if (dice === 0) await raw.trickle(broken)
  else raw.write(broken)
  if (dice === 1) await raw.reset()
  else await raw.finish()
  return raw.received
})

const requests = inputsOf(followedBy(20, request, lastRequest), async ({ sound, broken }, { port }) => {
  const raw = await RawConnection.open(port)
  raw.write(...sound)
  await waitForAnswers(raw, /HTTP\/1\.1 [2345]/, sound.length)
  if (/HTTP\/1\.1 503|Something went wrong|node_modules/.test(raw.received)) throw new Error(raw.received)
  raw.write(broken)
  await raw.finish()
  return raw.received
})

const auth = fc.oneof(anything, fc.record({ token: anything }), fc.record({ name: anything }))
const connectPayloads = inputsOf(auth, async (input, { port }) => {
  const raw = await RawConnection.webSocket(port)
  raw.write(frame(`40${JSON.stringify(input)}`))
  // Rejected, accepted, or closed.
  await raw.waitFor(/44\{|42\["session"|\x88\0/)
  await raw.finish()
  return raw.received
})

const abuse = fc.record({ abuse: fc.constantFrom(...Object.keys(abuses)), n: fc.nat({ max: 10_000 }) })
const abusedSessions = inputsOf(abuse, ({ abuse, n }, target) => abuses[abuse]!({ ...target, n }))

/** 53,400 cases; with those of properties.test.ts, more than 100,000. */
export const attacks: Attack[] = [
  // First, because detecting a session whose client disappeared takes a while.
  { name: 'abused sessions', inputs: abusedSessions, casesPerInput: 1, count: 300 },
  { name: 'packets on WebSocket', inputs: packetsOnWebSocket, casesPerInput: 26, count: 1_000 },
  { name: 'packets on polling', inputs: packetsOnPolling, casesPerInput: 16, count: 250 },
  { name: 'packets before CONNECT', inputs: packetsBeforeConnect, casesPerInput: 1, count: 1_000 },
  { name: 'frames', inputs: frames, casesPerInput: 6, count: 1_500 },
  { name: 'requests', inputs: requests, casesPerInput: 21, count: 600 },
  { name: 'CONNECT payloads', inputs: connectPayloads, casesPerInput: 1, count: 500 },
]
