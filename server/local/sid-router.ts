import type { IncomingMessage } from 'node:http'
import type { App } from '../app.ts'
import type { Door } from '../dialect-ports.ts'

/** What nginx does in a cluster, for nodes of one process: a session's id names its node; new sessions go round. */
export function sidRouter(nodes: ReadonlyMap<string, App>): Door {
  let turn = 0
  const nodeOf = ({ url = '' }: IncomingMessage): App => {
    const named = nodes.get(/[?&]sid=([a-z0-9]+)\./.exec(url)?.[1] ?? '')
    if (named) return named
    const ready = [...nodes.values()].filter(({ closed }) => closed === undefined)
    const candidates = ready.length > 0 ? ready : [...nodes.values()]
    return candidates[turn++ % candidates.length]!
  }
  return {
    request: (req, res) => nodeOf(req).request(req, res),
    upgrade: (req, socket, head) => nodeOf(req).upgrade(req, socket, head),
  }
}
