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
  let tell: (path: string) => void = () => {}
  const report = new Promise<string>((resolve) => {
    tell = resolve
  })
  const line: typeof print = (part, text, ours) => {
    // Each node knows its own address only, which is not the one that people use.
    const path = ours ? undefined : reportPath(text)
    if (path === undefined) print(part, text, ours)
    else tell(path)
  }
  const cluster = new RunningCluster({ ...flags, drainMs, dialectPorts, line })
  let leaving = false
  onShutdown(async (now) => {
    leaving = true
    console.log(now ? 'Ending at once.' : 'Ending: the nodes drain, then nginx, then Redis. Once more ends at once.')
    await cluster.stop({ now })
    process.exit(process.exitCode ?? 0)
  })

  try {
    await cluster.start()
    for (const { name, pid, port } of cluster.processes) line(name, `ready: process ${pid}, port ${port}`, true)
    const { url } = cluster
    console.log(`Hubbub runs on ${url}, its data in ${relative(process.cwd(), flags.dataDir) || '.'}. Ctrl-C ends it.`)
    report.then((path) => console.log(`Its report is at ${url}${path}`))
  } catch (error) {
    if (leaving) return
    await cluster.stop({ now: true })
    if (!(error instanceof StartupError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

/** What the nodes are going to read, checked before anything is started; undefined when it is not right. */
function nodeConfig(): Config | undefined {
  try {
    const ours = { PORT: '', HOST: '', NODE_NAME: '', REDIS_URL: '' }
    return loadConfig(ours, { defaults: { DRAIN_MS: `${DRAIN_MS}` } })
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    console.error(error.message)
    process.exitCode = 1
    return undefined
  }
}

await main(process.argv.slice(2))
