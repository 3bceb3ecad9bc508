import { moments } from '../../bench/pacing.ts'
import { WebSocketTransport } from '../../clients/websocket-transport.ts'
import { Histogram } from '../../measure/histogram.ts'
import { tenths, textOf } from '../../measure/payload.ts'
import { Random } from '../../measure/random.ts'
import type { OverloadCommand, OverloadReport, OverloadStats } from './messages.ts'

const STATS_EVERY_MS = 100
const SEND_EVERY_MS = 1
/** Delay before a refused retry is resent, and the maximum number of attempts. */
const RETRY_AFTER_MS = 100
const RETRIES = 20
const DECODED_TO = 200

/** A message without a response. */
interface Pending {
  client: number
  number: number
  at: number
  retry?: number
}

const transports: WebSocketTransport[] = []
/** By ack id. */
const pending = new Map<number, Pending>()
let ready = 0
let lost = 0
let why: string | undefined
let sent = true
let nextNumber = 1
let nextId = 1
let measured = fresh()
/** Sends a client's next message in the closed loop. */
let onAnswer: (client: number) => void = () => {}
let retrying = { queue: [] as Pending[], left: 0, retried: 0, stored: 0, unknown: 0, began: 0 }

process.on('message', (message: OverloadCommand) => {
  if (message.command === 'start') start(message)
  else if (message.command === 'closed-loop') closedLoop(message.seconds)
  else if (message.command === 'open-loop') openLoop(message)
  else if (message.command === 'retry') retry(message)
  else {
    for (const transport of transports) transport.close()
    process.disconnect?.()
  }
})
process.on('disconnect', () => process.exit())

const sendReport = (message: OverloadStats | OverloadReport) => process.send?.(message)
const roomOf = (client: number) => `overload-${client}`

function start({ target, rooms, perSecond }: OverloadCommand & { command: 'start' }): void {
  for (let client = 0; client < rooms; client++) setTimeout(() => connect(client), (client / perSecond) * 1_000)
  setInterval(() => {
    sendReport({ stats: { ready, sent, pending: pending.size, lost, ...(why !== undefined && { why }) } })
  }, STATS_EVERY_MS)

  function connect(client: number): void {
    transports[client] = new WebSocketTransport('/socket.io/?EIO=4&transport=websocket', {
      ...target,
      localAddress: `127.0.0.${2 + (client % 50)}`,
      open: () => {},
      packet: (bytes, from, to) => received(client, bytes, from, to),
      closed: (reason) => {
        lost++
        why ??= reason
      },
    })
  }
}

/** The first character is the Engine.IO packet type; in messages, the second is the Socket.IO packet type. */
function received(client: number, bytes: Buffer, from: number, to: number): void {
  const kind = bytes.toString('latin1', from, Math.min(to, from + 2))
  if (kind === '43') answered(client, bytes.toString('latin1', from + 2, Math.min(to, from + DECODED_TO)))
  else if (kind === '2') transports[client]!.send('3')
  else if (kind[0] === '0') transports[client]!.send(`40${JSON.stringify({ name: `person ${client}` })}`)
  else if (kind === '40') transports[client]!.send(`420["room:join",{"room":"${roomOf(client)}"}]`)
}

function answered(client: number, text: string): void {
  const id = Number.parseInt(text, 10)
  const ok = text.includes('"ok":true')
  if (id === 0) {
    if (ok) ready++
    else why ??= text
    return
  }
  const message = pending.get(id)
  if (!message) return
  pending.delete(id)
  if (message.retry !== undefined) {
    retried(message, ok, text)
    return
  }
  const delay = tenths() - message.at
  if (ok) {
    measured.accepted++
    if (!sent) measured.acceptedInTime++
    measured.acks.add(delay)
  } else {
    const code = /"code":"(\w+)"/.exec(text)?.[1] ?? 'none'
    measured.faults[code] = (measured.faults[code] ?? 0) + 1
    measured.refusals.add(delay)
    measured.refused.push(message)
  }
  onAnswer(client)
}

function send(message: Omit<Pending, 'at'>): void {
  const { client, number } = message
  const id = nextId++
  const at = tenths()
  pending.set(id, { ...message, at })
  const draft = `{"room":"${roomOf(client)}","text":"${textOf(at, number)}","clientId":"${number}"}`
  transports[client]!.send(`42${id}["message:send",${draft}]`)
}

function sendNext(client: number): void {
  measured.offered++
  send({ client, number: nextNumber++ })
}

function closedLoop(seconds: number): void {
  begin()
  onAnswer = sendNext
  for (let client = 0; client < transports.length; client++) sendNext(client)
  setTimeout(end, seconds * 1_000)
}

function openLoop({ perSecond, seconds, seed }: OverloadCommand & { command: 'open-loop' }): void {
  begin()
  const random = new Random(seed)
  const due = moments(Math.round(perSecond * seconds), perSecond, random)
  let next = 0
  const timer = setInterval(() => {
    for (const now = performance.now() - measured.began; due[next]! <= now; next++)
      sendNext(random.below(transports.length))
    if (next < due.length) return
    clearInterval(timer)
    end()
  }, SEND_EVERY_MS)
}

function begin(): void {
  // Unanswered messages of the previous phase do not count for this one.
  pending.clear()
  measured = fresh()
  sent = false
}

/** Stops sending; the pool waits for responses and then requests a retry. */
function end(): void {
  sent = true
  onAnswer = () => {}
  measured.ended = performance.now()
}

function report(): void {
  const { offered, accepted, acceptedInTime, refused, faults, acks, refusals, began, ended } = measured
  const counts = { offered, accepted, acceptedInTime, refused: refused.length, unanswered: pending.size, faults }
  const delays = { acks: acks.packed(), refusals: refusals.packed() }
  sendReport({ phase: { ...counts, ...delays, seconds: (ended - began) / 1_000 } })
}

function retry({ limit, inFlight }: OverloadCommand & { command: 'retry' }): void {
  report()
  // The state of unanswered messages is unknown to the sender as well.
  const refused = [...measured.refused, ...pending.values()]
  pending.clear()
  const step = Math.max(1, refused.length / limit)
  const queue = Array.from({ length: Math.min(limit, refused.length) }, (_, i) => refused[Math.floor(i * step)]!)
  retrying = { queue, left: queue.length, retried: queue.length, stored: 0, unknown: 0, began: Date.now() }
  if (queue.length === 0) sendRetryReport()
  for (let i = 0; i < inFlight; i++) retryNext()
}

function retryNext(): void {
  const message = retrying.queue.shift()
  if (message) send({ ...message, retry: 0 })
}

function sendRetryReport(): void {
  const { retried, stored, unknown } = retrying
  sendReport({ retry: { retried, stored, unknown } })
}

function retried(message: Pending, ok: boolean, text: string): void {
  const tries = message.retry! + 1
  if (!ok && tries < RETRIES) {
    setTimeout(() => send({ ...message, retry: tries }), RETRY_AFTER_MS)
    return
  }
  if (!ok) retrying.unknown++
  else if (Number(/"at":(\d+)/.exec(text)?.[1]) < retrying.began) retrying.stored++
  retrying.left--
  if (retrying.left === 0) sendRetryReport()
  else retryNext()
}

function fresh() {
  const counts = { offered: 0, accepted: 0, acceptedInTime: 0, faults: {} as Record<string, number> }
  const refused: Pending[] = []
  return { ...counts, refused, acks: new Histogram(), refusals: new Histogram(), began: performance.now(), ended: 0 }
}
