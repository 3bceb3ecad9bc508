import { createServer, type Server } from 'node:http'
import { format } from 'node:util'
import { pino } from 'pino'
import { KEEP_ALIVE_MS } from '../../protocol/limits.ts'
import { App } from '../app.ts'
import { loadConfig } from '../config.ts'
import { consoleToLog, secretsOf } from '../console-to-log.ts'
import { dialectServer } from '../dialect-ports.ts'
import { StartupError } from '../domain/startup-error.ts'
import { Metrics } from '../metrics.ts'
import { openEmbeddedStorage } from '../storage.ts'
import { onShutdown } from './shutdown.ts'
import { sidRouter } from './sid-router.ts'

const NODES = ['n1', 'n2', 'n3']

/** `npm start`: three nodes in one process on one port, with the embedded store. Requires only Node. */
async function start(): Promise<void> {
  const configs = NODES.map((node) =>
    // There is no proxy in front, so X-Forwarded-* headers are not trusted.
    loadConfig({ NODE_NAME: node }, { defaults: { TRUSTED_PROXIES: 'none' } }),
  )
  const { dataDir, dialectPorts, requests, host, logLevel, port, redisUrl } = configs[0]!
  const log = pino({ level: logLevel })
  // Console output of libraries goes to the log; this program prints its own lines directly.
  consoleToLog(log, secretsOf(configs[0]!))
  const metrics = new Metrics()

  const shared = await openEmbeddedStorage(dataDir, (message) => log.error(message))
  if (redisUrl) {
    print(
      'REDIS_URL is ignored by `npm start`; `node dist/server/main.js` uses it, and `npm run cluster` starts its own Redis.',
    )
  }
  print(`store  embedded, in ${dataDir}`)
  const nodes = configs.map((config) => {
    const storage = shared.forNode(config, metrics.forNode(config.node))
    return new App({ config, storage, metrics, log })
  })
  const door = sidRouter(new Map(nodes.map((node, i) => [NODES[i]!, node])))
  const main = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, ...requests }, door.request).on('upgrade', door.upgrade)
  await listen(main, port, host, `Choose another: PORT=${port + 1} npm start`)
  for (const { dialect, port } of dialectPorts) {
    await listen(
      dialectServer(dialect, door, requests),
      port,
      host,
      `Choose others, such as DIALECT_PORTS=${dialect}:${port + 1}`,
    )
    print(`port   ${port}: ${dialect} dialect`)
  }
  for (const [i, node] of nodes.entries()) {
    await node.open()
    print(`node   ${NODES[i]} is ready`)
  }
  print(`report http://localhost:${port}${nodes[0]!.reportPath}`)
  print(`open   http://localhost:${port} in your browser (Ctrl-C to stop)`)

  onShutdown(async (now) => {
    if (now) process.exit(1)
    print('stopping')
    await Promise.all(nodes.map((node) => node.drain()))
    for (const node of nodes) await node.close()
    await shared.close()
    process.exit(0)
  })
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function listen(server: Server, port: number, host: string, remedy: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const rejectInUse = () => reject(new StartupError(`Port ${port} is in use. ${remedy}`))
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? rejectInUse() : reject(error),
    )
    server.listen({ port, host, backlog: 4_096 }, resolve)
  })
}

start().catch((error: unknown) => {
  process.stderr.write(`${error instanceof StartupError ? error.message : format(error)}\n`)
  process.exit(1)
})
