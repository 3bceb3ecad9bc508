import { PollingTransport } from '../../clients/polling-transport.ts'
import type { ClientTransport, Target } from '../../clients/transport.ts'
import { WebSocketTransport } from '../../clients/websocket-transport.ts'
import { newcomerAddress } from './plan.ts'
import { reasonOf } from './reason.ts'

/** Time limit to join a room, after which a newcomer counts as refused. */
const ADMITTED_WITHIN_MS = 10_000
const ROOM = 'team-0'

/**
 * A new client that connects by WebSocket and long-polling in turn, joins a room and disconnects. Resolves with the
 * milliseconds it took, or with the reason of the refusal.
 */
export function admitNewcomer(number: number, target: Target): Promise<number | string> {
  const began = performance.now()
  const transport = number % 2 === 0 ? 'websocket' : 'polling'
  const Transport = transport === 'websocket' ? WebSocketTransport : PollingTransport
  return new Promise((resolve) => {
    const end = (result: number | string) => {
      clearTimeout(timer)
      clientTransport.close()
      resolve(result)
    }
    const timer = setTimeout(() => end(`not admitted within ${ADMITTED_WITHIN_MS / 1_000} s`), ADMITTED_WITHIN_MS)
    const clientTransport: ClientTransport = new Transport(`/socket.io/?EIO=4&transport=${transport}`, {
      ...{ ...target, localAddress: newcomerAddress(number) },
      open: () => {},
      packet: (bytes, start, until) => {
        const packet = bytes.toString('utf8', start, until)
        if (packet.startsWith('0')) clientTransport.send(`40${JSON.stringify({ name: `Newcomer ${number}` })}`)
        else if (packet.startsWith('42["session"'))
          clientTransport.send(`420${JSON.stringify(['room:join', { room: ROOM }])}`)
        else if (packet.startsWith('430[{"ok":true')) end(performance.now() - began)
        else if (/^4(30|4)/.test(packet)) end(/"code":"(\w+)"/.exec(packet)?.[1] ?? 'refused')
      },
      closed: (reason) => end(reasonOf(reason)),
    })
  })
}
