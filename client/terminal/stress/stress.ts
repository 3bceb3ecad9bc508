import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Arguments } from '../arguments.ts'
import { type ExitCode, ExitError, exitCode } from '../exit-code.ts'
import { count } from '../format.ts'
import { visible } from '../visible.ts'
import { ClientPool, type PoolStats } from './client-pool.ts'
import { ProgressBar } from './progress-bar.ts'
import { lostCount, table } from './table.ts'
import { messagesEach } from './worker-messages.ts'

const POLL_MS = 100

/** Runs a load of clients that send at a steady rate. Resolves with `ok` when no message was lost. */
export async function stress(args: Arguments): Promise<ExitCode> {
  const { url, transports, clients, rate, seconds, stressRooms: rooms } = args
  const print = (line: string) => process.stdout.write(`${line}\n`)
  const roomSize = Math.ceil(clients / rooms)
  const [messages, deliveries] = [clients * rate, clients * rate * roomSize].map((value) => count(Math.round(value)))
  const transport = transports?.[0] ?? 'polling, then websocket'
  print(
    `${count(clients)} clients × ${rate} messages/s for ${seconds} s, in ${count(rooms)} rooms of ${roomSize}, over ${transport}:`,
  )
  print(`${messages} messages/s in, ${deliveries} deliveries/s out.`)

  const bar = new ProgressBar(process.stdout)
  const pool = new ClientPool({
    url,
    transports,
    clients,
    rooms,
    rate,
    run: `stress ${randomBytes(4).toString('hex')} `,
  })
  try {
    await connectAll(pool, bar, args)
    pool.start(messagesEach(rate, seconds))
    await send(pool, bar, seconds)
    await drain(pool, bar, args)
    bar.end()
    print(`\n${table(pool, seconds)}`)
    const { stats: state } = pool
    return lostCount(state) + state.refused > 0 ? exitCode.failed : exitCode.ok
  } finally {
    bar.end()
    await pool.stop()
  }
}

/** Resolves when all clients have joined their rooms. Fails when no further client connects within the timeout. */
async function connectAll(pool: ClientPool, bar: ProgressBar, { url, clients, timeoutMs }: Arguments): Promise<void> {
  await progress(pool, timeoutMs, ({ live, fault }) => {
    if (fault) throw new ExitError(`Access denied: ${visible(fault)}`, exitCode.accessDenied)
    bar.show('joining', live / clients, `${count(live)} of ${count(clients)}`)
    return { done: live === clients, sign: live }
  })
  const { live } = pool.stats
  if (live === clients) return
  const remedy =
    live > 0
      ? 'Give the nodes a higher GUESTS_PER_SECOND, or use fewer clients'
      : 'Is Hubbub running there? Start it with "npm start"'
  throw new ExitError(
    `Only ${count(live)} of ${count(clients)} clients connected to ${url}, and none within the last ${timeoutMs / 1_000} s. ${remedy}.`,
    exitCode.noConnection,
  )
}

async function send(pool: ClientPool, bar: ProgressBar, seconds: number): Promise<void> {
  const began = performance.now()
  for (let passed = 0; passed < seconds; passed = (performance.now() - began) / 1_000) {
    bar.show('sending', passed / seconds, summary(pool.stats))
    await pause(POLL_MS)
  }
}

/** Resolves when all messages are acknowledged and delivered, or when there is no progress within the timeout. */
async function drain(
  pool: ClientPool,
  bar: ProgressBar,
  { clients, rate, seconds, timeoutMs }: Arguments,
): Promise<void> {
  const wanted = clients * messagesEach(rate, seconds)
  await progress(pool, timeoutMs, (state) => {
    const { sent, acknowledged, refused, delivered, due } = state
    bar.show('draining', due === 0 ? 0 : delivered / due, summary(state))
    const done = sent === wanted && acknowledged + refused === sent && delivered >= due
    return { done, sign: sent + acknowledged + delivered }
  })
}

/** Polls until done, or until `sign` has not changed for `timeoutMs`. */
async function progress(
  pool: ClientPool,
  timeoutMs: number,
  check: (state: PoolStats) => { done: boolean; sign: number },
): Promise<void> {
  let [before, since] = [Number.NaN, performance.now()]
  for (;;) {
    const { done, sign } = check(pool.stats)
    if (done) return
    if (sign !== before) [before, since] = [sign, performance.now()]
    if (performance.now() - since > timeoutMs) return
    await pause(POLL_MS)
  }
}

const summary = ({ sent, acknowledged, delivered, due, reconnects }: PoolStats) =>
  `sent ${count(sent)} · acknowledged ${count(acknowledged)} · delivered ${count(delivered)} of ${count(due)}` +
  (reconnects > 0 ? ` · ${reconnects} reconnects` : '')
