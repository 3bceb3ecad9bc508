import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { App } from '../app.ts'

/** What nginx does in a cluster, for nodes of one process: a session's id names its node; new sessions go round. */
export function onePort(nodes: ReadonlyMap<string, App>): Server {
  let turn = 0
  const nodeOf = ({ url = '' }: IncomingMessage): App => {
    const named = nodes.get(/[?&]sid=([a-z0-9]+)\./.exec(url)?.[1] ?? '')
    if (named) return named
    const ready = [...nodes.values()].filter(({ closed }) => closed === undefined)
    const candidates = ready.length > 0 ? ready : [...nodes.values()]
    return candidates[turn++ % candidates.length]!
  }
  return createServer((req, res) => nodeOf(req).request(req, res)).on('upgrade', (req, socket, head) =>
    nodeOf(req).upgrade(req, socket, head),
  )
}
