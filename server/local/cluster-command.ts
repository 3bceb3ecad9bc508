import { relative } from 'node:path'
import { type Config, loadConfig } from '../config.ts'
import { StartupError } from '../domain/startup-error.ts'
import { DRAIN_MS, RunningCluster } from './cluster.ts'
import { clusterFlags, USAGE } from './cluster-flags.ts'
import { logLine } from './log-line.ts'
import { reportPath } from './report-address.ts'
import { onShutdown } from './shutdown.ts'

/** npm run cluster */
async function main(argv: string[]): Promise<void> {
  const flags = clusterFlags(argv)
  if (Array.isArray(flags)) {
    console.error(`${flags.join('\n')}\n\n${USAGE}`)
    process.exitCode = 1
    return
  }
  if (flags.help) return console.log(USAGE)

  const config = nodeConfig()
  if (!config) return
  const { drainMs, dialectPorts } = config

  const print = logLine(flags.nodes)
  let resolveReportPath: (path: string) => void = () => {}
  const reportPathKnown = new Promise<string>((resolve) => {
    resolveReportPath = resolve
  })
  const line: typeof print = (name, text, isNotice) => {
    // A node prints its own address; the cluster's public address is the load balancer's.
    const path = isNotice ? undefined : reportPath(text)
    if (path === undefined) print(name, text, isNotice)
    else resolveReportPath(path)
  }
  const cluster = new RunningCluster({ ...flags, drainMs, dialectPorts, line })
  let stopping = false
  onShutdown(async (now) => {
    stopping = true
    console.log(
      now
        ? 'Stopping immediately.'
        : 'Stopping: draining the nodes, then nginx, then Redis. Press Ctrl-C again to stop immediately.',
    )
    await cluster.stop({ now })
    process.exit(process.exitCode ?? 0)
  })

  try {
    await cluster.start()
    for (const { name, pid, port } of cluster.processes) line(name, `ready: process ${pid}, port ${port}`, true)
    const { url } = cluster
    console.log(`Hubbub is running. Data: ${relative(process.cwd(), flags.dataDir) || '.'}. Press Ctrl-C to stop.`)
    console.log(`Open ${url} in your browser.`)
    reportPathKnown.then((path) => console.log(`Report: ${url}${path}`))
  } catch (error) {
    if (stopping) return
    await cluster.stop({ now: true })
    if (!(error instanceof StartupError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

/** Validates the nodes' environment before anything is started. Prints what is wrong and returns undefined if it is invalid. */
function nodeConfig(): Config | undefined {
  try {
    const setByCluster = { PORT: '', HOST: '', NODE_NAME: '', REDIS_URL: '' }
    return loadConfig(setByCluster, { defaults: { DRAIN_MS: `${DRAIN_MS}` } })
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    console.error(error.message)
    process.exitCode = 1
    return undefined
  }
}

await main(process.argv.slice(2))
