import { writeFileSync } from 'node:fs'
import { thisMachine } from '../measure/machine.ts'
import { abuse } from './abuse/abuse.ts'
import type { AttackStats } from './abuse/messages.ts'
import { PHASES } from './abuse/phases.ts'
import type { PhaseResult } from './abuse/result.ts'
import { phaseTable, summary } from './abuse/table.ts'
import type { Flags } from './flags.ts'
import type { AbusePreset } from './presets.ts'
import { ProgressLine } from './progress.ts'
import type { Servers } from './servers.ts'

/** `--preset abuse`; resolves to the exit code. */
export async function runAbuse(preset: AbusePreset, servers: Servers, flags: Flags, argv: string[]): Promise<number> {
  const at = new Date().toISOString()
  const line = new ProgressLine()
  const { seed, phases } = flags
  console.log(`seed ${seed}`)
  const outcome = await abuse({
    ...{ servers, seed, users: preset.clients, seconds: preset.seconds },
    phases: PHASES.filter(({ name }) => phases.includes(name)),
    progress: (doing: string, stats?: AttackStats) => line.show(doing + words(stats)),
    done: (result: PhaseResult) => {
      line.end()
      console.log(`\n${phaseTable(result)}\n`)
    },
  }).finally(() => line.end())
  console.log(summary(outcome))
  if (flags.json) {
    const run = { at, command: ['npm run stress --', ...argv].join(' '), machine: thisMachine(), nodes: flags.nodes }
    writeFileSync(flags.json, `${JSON.stringify({ ...run, settings: preset.env, ...outcome }, undefined, 2)}\n`)
  }
  return outcome.phases.every(({ faults, voids }) => faults.length + voids.length === 0) ? 0 : 1
}

function words(stats?: AttackStats): string {
  if (!stats) return ''
  const { attackers, connected, offered, written } = stats
  const [one, two] = [offered, written].map((many) => many.toLocaleString('en'))
  return ` · ${connected} of ${attackers} attackers connected · ${one} offered, ${two} written`
}
