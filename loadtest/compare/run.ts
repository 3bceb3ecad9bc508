import { FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import type { RunningSystem } from '../systems/systems.ts'
import { type Cell, keyOf, LINKS } from './cells.ts'
import { Link, whyNoLink } from './link.ts'
import { measure } from './measure.ts'
import type { MeasureContext } from './place.ts'
import type { Progress } from './progress.ts'
import type { Results } from './results.ts'
import { environmentKey, type Planned } from './schedule.ts'
import { startSystem } from './site.ts'

/** Measures the planned cells and saves after each, so that a later failure loses nothing. */
export async function perform(
  plan: readonly Planned[],
  results: Results,
  progress: Progress,
  keep: (results: Results) => void,
): Promise<void> {
  const environment = new Environment()
  try {
    for (const planned of plan) {
      const { cell, repetition } = planned
      progress.begin(planned)
      const at = new Date().toISOString()
      const measured = await measure(cell, await environment.for(cell))
      const run = { cell: keyOf(cell), repetition, at, ...measured }
      if (environment.kind) results.links = LINK_KINDS[environment.kind]
      results.runs.push(run)
      keep(results)
      progress.done(planned, run)
      // An overloaded system may still be working off its backlog.
      if (!run.complete) await environment.clear()
    }
  } finally {
    await environment.clear()
  }
}

/** The plan without cells behind a link, if links cannot be created, and the reason. */
export async function possible(plan: readonly Planned[]): Promise<{ plan: Planned[]; why?: string }> {
  const needsLink = ({ cell }: Planned) => cell.kind !== 'idle' && cell.link !== undefined
  const why = plan.some(needsLink) ? await whyNoLink() : undefined
  return why === undefined ? { plan: [...plan] } : { plan: plan.filter((planned) => !needsLink(planned)), why }
}

const LINK_KINDS = {
  netem: 'network namespaces and tc netem',
  tun: 'network namespaces and a TUN device, since this kernel has no netem',
}

/** The nodes, nginx and link of a cell; reused by the next cell if it needs the same. */
class Environment {
  #name = ''
  #runningSystem: RunningSystem | undefined
  #link: Link | undefined

  get kind(): Link['kind'] | undefined {
    return this.#link?.kind
  }

  async for(cell: Cell): Promise<MeasureContext> {
    const name = environmentKey(cell)
    if (this.#name !== name) {
      await this.clear()
      const plan = LINKS.find((each) => cell.kind !== 'idle' && each.name === cell.link)
      if (plan) this.#link = await Link.open(plan)
      this.#runningSystem = await startSystem(cell.kind === 'talk' ? cell.windowMs : FANOUT_WINDOW_MS, this.#link?.host)
      this.#name = name
    }
    return { system: this.#runningSystem!, elsewhere: this.#link?.elsewhere }
  }

  async clear(): Promise<void> {
    this.#name = ''
    await this.#runningSystem?.stop()
    this.#runningSystem = undefined
    await this.#link?.close()
    this.#link = undefined
  }
}
