import { createServer } from 'node:net'

// Below the ephemeral ports (from 32,768 on Linux): an outgoing connection could otherwise take the port of a process that
// is being restarted.
const FIRST = 20_000
const LAST = 32_000
/** Jest workers run in parallel, and their child processes inherit JEST_WORKER_ID: each worker has its own range of ports. */
const RANGES = 6
const RANGE = Number(process.env.JEST_WORKER_ID ?? 0) % RANGES
const RANGE_PORTS = (LAST - FIRST) / RANGES

/** A port that is free on 127.0.0.1 and that this process has not been assigned before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + RANGE * RANGE_PORTS + Math.floor(Math.random() * RANGE_PORTS)
    if (assigned.has(port) || !(await isPortFree(port, '127.0.0.1'))) continue
    assigned.add(port)
    return port
  }
}

const assigned = new Set<number>()

/** Whether this process can listen on the port; without a host, on all addresses. */
export function isPortFree(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
