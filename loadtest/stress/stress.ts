import { writeFileSync } from 'node:fs'
import { thisMachine } from '../measure/machine.ts'
import { runAbuse } from './abuse-command.ts'
import { type Flags, stressFlags, USAGE } from './flags.ts'
import type { Outcome } from './outcome.ts'
import { runOverload } from './overload-command.ts'
import { PRESETS, type Preset } from './presets.ts'
import { ProgressLine } from './progress.ts'
import { run } from './run.ts'
import { Servers } from './servers.ts'
import { table } from './table.ts'

async function main(argv: string[]): Promise<number> {
  const flags = stressFlags(argv)
  if (Array.isArray(flags)) {
    console.error(`${flags.join('\n')}\n\n${USAGE}`)
    return 1
  }
  const { preset } = flags
  if (flags.help || !preset) {
    console.log(flags.help ? USAGE : PRESETS.map(({ name, title }) => `${name.padEnd(18)}${title}`).join('\n'))
    return 0
  }
  // The cluster's processes exit with this process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))
  const at = new Date().toISOString()
  const servers = await serversFor(preset, flags)
  const line = new ProgressLine()
  try {
    if (preset.kind === 'abuse') return await runAbuse(preset, servers, flags, argv)
    if (preset.kind === 'overload') return await runOverload(preset, servers, flags, argv)
    const outcome = await run(preset, servers, { progress: (doing, sum) => line.show(doing, sum) })
    line.end()
    console.log(table(outcome))
    const well = preset.kind === 'loop' ? 'All clients were served to the end.' : 'Every message was received.'
    console.log(outcome.faults.join('\n') || well)
    if (flags.json) writeFileSync(flags.json, asJson(outcome, { at, argv, preset, nodes: flags.nodes }))
    return outcome.faults.length > 0 ? 1 : 0
  } finally {
    line.end()
    await servers.close()
  }
}

async function serversFor({ name, title, clients, env }: Preset, { url, metrics, nodes }: Flags): Promise<Servers> {
  console.log(`${name}: ${title}`)
  if (url !== undefined) {
    console.log(`${clients} clients at ${url}`)
    return Servers.at(url, metrics)
  }
  const settings = Object.entries(env).map(([key, value]) => `${key}=${value}`)
  console.log(`${clients} clients, ${nodes} nodes, Redis and nginx of its own, on defaults and ${settings.join(', ')}`)
  return Servers.start(nodes, clients, env)
}

function asJson(
  outcome: Outcome,
  { at, argv, preset, nodes }: { at: string; argv: string[]; preset: Preset; nodes: number },
) {
  // The output file is not part of the command.
  const args = argv.filter((arg, i) => !arg.startsWith('--json') && argv[i - 1] !== '--json')
  const command = ['npm run stress --', ...args].join(' ')
  const run = { at, command, machine: thisMachine(), nodes, settings: preset.env }
  return `${JSON.stringify({ ...run, ...outcome }, undefined, 2)}\n`
}

process.exit(await main(process.argv.slice(2)))
