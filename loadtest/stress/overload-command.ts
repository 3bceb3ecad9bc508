import { writeFileSync } from 'node:fs'
import type { Target } from '../clients/transport.ts'
import { thisMachine } from '../measure/machine.ts'
import type { Flags } from './flags.ts'
import { overload } from './overload/overload.ts'
import { overloadTable } from './overload/table.ts'
import type { OverloadPreset } from './presets.ts'
import { ProgressLine } from './progress.ts'
import type { Servers } from './servers.ts'

/** `--preset overload`; resolves to the exit code. */
export async function runOverload(
  { clients, seconds, env }: OverloadPreset,
  servers: Servers,
  { seed, capacity, json }: Flags,
  argv: string[],
): Promise<number> {
  const at = new Date().toISOString()
  const line = new ProgressLine()
  const [sendTo, listenAt] = servers.nodes.map(targetOf)
  const outcome = await overload({
    ...{ sendTo: sendTo!, listenAt: listenAt!, rooms: clients / 2, seconds, seed },
    ...(capacity !== undefined && { capacity }),
    progress: (doing) => line.show(doing),
  }).finally(() => line.end())
  console.log(overloadTable(outcome))
  console.log(outcome.faults.join('\n') || 'All goals were met.')
  if (json) {
    // The output file is not part of the command.
    const args = argv.filter((arg, i) => !arg.startsWith('--json') && argv[i - 1] !== '--json')
    const run = { at, command: ['npm run stress --', ...args].join(' '), machine: thisMachine(), settings: env }
    writeFileSync(json, `${JSON.stringify({ ...run, ...outcome }, undefined, 2)}\n`)
  }
  return outcome.faults.length === 0 ? 0 : 1
}

function targetOf(url: string): Target {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}
