import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Arguments } from '../arguments.ts'
import { type ExitCode, ExitError, exitCode } from '../exit-code.ts'
import { count } from '../format.ts'
import { visible } from '../visible.ts'
import { ClientPool, type PoolStats } from './crowd.ts'
import { messagesEach } from './orders.ts'
import { ProgressBar } from './progress-bar.ts'
import { lostOf, table } from './table.ts'

const LOOK_EVERY_MS = 100

/** A load of clients that talk at a steady rate. Fine when nothing was lost. */
export async function stress(args: Arguments): Promise<ExitCode> {
  const { url, transports, clients, rate, seconds, stressRooms: rooms } = args
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const people = Math.ceil(clients / rooms)
  const [messages, deliveries] = [clients * rate, clients * rate * people].map((value) => count(Math.round(value)))
  const by = transports?.[0] ?? 'polling, then an upgrade'
  say(
    `${count(clients)} clients × ${rate} messages/s for ${seconds} s, in ${count(rooms)} rooms of ${people}, by ${by}:`,
  )
  say(`${messages} messages/s in, ${deliveries} deliveries/s out.`)

  const bar = new ProgressBar(process.stdout)
  const crowd = new ClientPool({
    url,
    transports,
    clients,
    rooms,
    rate,
    run: `stress ${randomBytes(4).toString('hex')} `,
  })
  try {
    await arrive(crowd, bar, args)
    crowd.start(messagesEach(rate, seconds))
    await talk(crowd, bar, seconds)
    await settle(crowd, bar, args)
    bar.end()
    say(`\n${table(crowd, seconds)}`)
    const { stats: state } = crowd
    return lostOf(state) + state.refused > 0 ? exitCode.lost : exitCode.fine
  } finally {
    bar.end()
    await crowd.stop()
  }
}

/** Resolves when all are in their rooms; as long as somebody comes within the time, there is hope for the others. */
async function arrive(clientPool: ClientPool, bar: ProgressBar, { url, clients, timeoutMs }: Arguments): Promise<void> {
  await progress(clientPool, timeoutMs, ({ live, fault }) => {
    if (fault) throw new ExitError(`Not let in: ${visible(fault)}`, exitCode.notLetIn)
    bar.show('arriving', live / clients, `${count(live)} of ${count(clients)}`)
    return { done: live === clients, sign: live }
  })
  const { live } = clientPool.stats
  if (live === clients) return
  const remedy =
    live > 0
      ? 'give the nodes a higher GUESTS_PER_SECOND, or take fewer clients'
      : 'is Hubbub running there? "npm start" begins one'
  throw new ExitError(
    `${count(live)} of ${count(clients)} clients could come in at ${url}, and for ${timeoutMs / 1_000} s no other: ${remedy}.`,
    exitCode.noConnection,
  )
}

async function talk(crowd: ClientPool, bar: ProgressBar, seconds: number): Promise<void> {
  const began = performance.now()
  for (let passed = 0; passed < seconds; passed = (performance.now() - began) / 1_000) {
    bar.show('talking', passed / seconds, words(crowd.stats))
    await pause(LOOK_EVERY_MS)
  }
}

/** Resolves when all is acknowledged and delivered, or nothing moves any more. */
async function settle(
  crowd: ClientPool,
  bar: ProgressBar,
  { clients, rate, seconds, timeoutMs }: Arguments,
): Promise<void> {
  const wanted = clients * messagesEach(rate, seconds)
  await progress(crowd, timeoutMs, (state) => {
    const { sent, acknowledged, refused, delivered, due } = state
    bar.show('settling', due === 0 ? 0 : delivered / due, words(state))
    const done = sent === wanted && acknowledged + refused === sent && delivered >= due
    return { done, sign: sent + acknowledged + delivered }
  })
}

/** Looks until done, or until the sign has not changed for so long. */
async function progress(
  crowd: ClientPool,
  timeoutMs: number,
  look: (state: PoolStats) => { done: boolean; sign: number },
): Promise<void> {
  let [before, since] = [Number.NaN, performance.now()]
  for (;;) {
    const { done, sign } = look(crowd.stats)
    if (done) return
    if (sign !== before) [before, since] = [sign, performance.now()]
    if (performance.now() - since > timeoutMs) return
    await pause(LOOK_EVERY_MS)
  }
}

const words = ({ sent, acknowledged, delivered, due, reconnects }: PoolStats) =>
  `sent ${count(sent)} · acknowledged ${count(acknowledged)} · delivered ${count(delivered)} of ${count(due)}` +
  (reconnects > 0 ? ` · ${reconnects} reconnects` : '')
