import { createServer } from 'node:net'

// Below the ports that systems give to outgoing connections (from 32,768 on Linux), one of which could otherwise take
// the port of a part that is just being started again.
const FIRST = 20_000
const LAST = 32_000
/** Test workers run side by side, and whatever they start inherits their number: each picks from a range of its own. */
const RANGES = 6
const RANGE = Number(process.env.JEST_WORKER_ID ?? 0) % RANGES
const RANGE_PORTS = (LAST - FIRST) / RANGES

/** A port on 127.0.0.1 that nobody listens on, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + RANGE * RANGE_PORTS + Math.floor(Math.random() * RANGE_PORTS)
    if (assigned.has(port) || !(await isPortFree(port, '127.0.0.1'))) continue
    assigned.add(port)
    return port
  }
}

const assigned = new Set<number>()

/** Whether one could listen there; without a host: on all addresses. */
export function isPortFree(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
