import { once } from 'node:events'
import { format } from 'node:util'
import { pino } from 'pino'
import { App } from './app.ts'
import { loadConfig } from './config.ts'
import { consoleToLog, secretsOf } from './console-to-log.ts'
import { dialectServer } from './dialect-ports.ts'
import { StartupError } from './domain/startup-error.ts'
import { IdleCollector } from './idle-collector.ts'
import { Metrics } from './metrics.ts'
import { openStorage } from './storage.ts'

/** Runs one node as a process: reads the environment, listens, and drains on SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const config = loadConfig()
  const log = pino({ level: config.logLevel, base: { node: config.node } })
  consoleToLog(log, secretsOf(config))
  const metrics = new Metrics()
  const shared = await openStorage(config, (sentence) => log.error(sentence))
  const storage = shared.forNode(config, metrics.forNode(config.node))
  const app = new App({ config, storage, metrics, log })

  let leaving = false
  const leave = async (signal: NodeJS.Signals) => {
    if (leaving) return
    leaving = true
    log.info({ signal }, 'draining')
    await app.drain()
    await app.close()
    await shared.close()
    log.info('gone')
    process.exit(0)
  }
  process.on('SIGTERM', leave).on('SIGINT', leave)

  const port = await app.listen()
  log.info({ port }, 'listening')
  for (const { dialect, port } of config.dialectPorts) {
    await once(dialectServer(dialect, app, config.requests).listen(port, config.host), 'listening')
    log.info({ dialect, port }, 'listening')
  }
  await app.open()
  new IdleCollector().open()
  // Logged at every level except `silent`, because the report cannot be opened without this address.
  const always = log.child({}, { level: config.logLevel === 'silent' ? 'silent' : 'info' })
  always.info({ report: `http://localhost:${port}${app.reportPath}` }, 'the report is at this address')
  if (!leaving) log.info('ready')
}

main().catch((error: unknown) => {
  const expected = error instanceof StartupError || (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  process.stderr.write(`${expected ? (error as Error).message : format(error)}\n`)
  process.exit(1)
})
