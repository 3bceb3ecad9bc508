import type { IncomingMessage } from 'node:http'
import type { App } from '../app.ts'
import type { RequestHandler } from '../dialect-ports.ts'

/** Routes requests to nodes of this process as nginx does in a cluster: by the node name in the session id; new sessions round-robin. */
export function sidRouter(nodes: ReadonlyMap<string, App>): RequestHandler {
  let next = 0
  const nodeOf = ({ url = '' }: IncomingMessage): App => {
    const owner = nodes.get(/[?&]sid=([a-z0-9]+)\./.exec(url)?.[1] ?? '')
    if (owner) return owner
    const ready = [...nodes.values()].filter(({ closedReason }) => closedReason === undefined)
    const candidates = ready.length > 0 ? ready : [...nodes.values()]
    return candidates[next++ % candidates.length]!
  }
  return {
    request: (req, res) => nodeOf(req).request(req, res),
    upgrade: (req, socket, head) => nodeOf(req).upgrade(req, socket, head),
  }
}
