import { setTimeout as delay } from 'node:timers/promises'
import { FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import { dialectOf, type TransportMode } from '../clients/packet-codec.ts'
import { PollingTransport } from '../clients/polling-transport.ts'
import type { BrowserWords, ClientTransport, Target, Traffic, TransportOptions } from '../clients/transport.ts'
import { UpgradingTransport } from '../clients/upgrading-transport.ts'
import { WebSocketTransport } from '../clients/websocket-transport.ts'
import { textOf } from '../measure/payload.ts'

export interface ArrivalsPlan {
  mode: TransportMode
  times: number
  target: Target
  browser: BrowserWords
  room: string
}

/** Times in milliseconds since the first packet to the server, one per connection. */
export interface Arrivals {
  /** Until the response to room:join. */
  joinedMs: number[]
  /** Until the client receives its own first message. */
  firstMs: number[]
  /** Until the WebSocket is in use. */
  upgradedMs: number[]
  traffic: Traffic
  why?: string
}

const dialect = dialectOf('hubbub')

/** Connects, joins, sends a message, waits for its delivery, disconnects. */
function arriveOnce({ mode, target, browser, room }: ArrivalsPlan, n: number, to: Arrivals): Promise<void> {
  const { traffic } = to
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const since = () => performance.now() - began
    let clientTransport: ClientTransport
    let heard = false
    let upgraded = mode !== 'upgraded'
    const finish = () => {
      if (!heard || !upgraded) return
      over = true
      clientTransport.close()
      resolve()
    }
    let over = false
    const options: TransportOptions = {
      ...{ ...target, browser, traffic },
      open: () => {},
      packet: (bytes, start, end) => {
        const word = dialect.read(bytes, start, end)
        if (word.is === 'opening') clientTransport.send(dialect.connect(`Newcomer ${n}`))
        else if (word.is === 'connected') clientTransport.send(dialect.join(room))
        else if (word.is === 'ping') clientTransport.send('3')
        else if (word.is === 'answer' && word.id === 0) {
          if (!word.ok) return reject(new Error(bytes.toString('latin1', start, end)))
          to.joinedMs.push(since())
          clientTransport.send(dialect.send(room, textOf(0, n), n))
        } else if (word.is === 'delivery' && !heard) {
          to.firstMs.push(since())
          heard = true
          finish()
        }
      },
      upgraded: () => {
        to.upgradedMs.push(since())
        upgraded = true
        finish()
      },
      closed: (why) => over || reject(new Error(why)),
    }
    const path = dialect.path(mode === 'websocket' ? 'websocket' : 'polling')
    if (mode === 'websocket') clientTransport = new WebSocketTransport(path, options)
    else if (mode === 'polling') clientTransport = new PollingTransport(path, options)
    else clientTransport = new UpgradingTransport(path, options)
  })
}

if (process.argv[1]?.endsWith('arrivals-process.js')) {
  const plan = JSON.parse(process.argv[2]!) as ArrivalsPlan
  const traffic = { sent: 0, received: 0, polls: 0, posts: 0, upgrades: 0 }
  const arrivals: Arrivals = { joinedMs: [], firstMs: [], upgradedMs: [], traffic }
  try {
    for (let n = 1; n <= plan.times; n++) {
      await arriveOnce(plan, n, arrivals)
      // Otherwise the next message would wait for the batching window that this one opened.
      await delay(2 * FANOUT_WINDOW_MS)
    }
  } catch (error) {
    arrivals.why = (error as Error).message.slice(0, 200)
  }
  process.stdout.write(JSON.stringify(arrivals))
  process.exit()
}
