import { FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import type { RunningSystem } from '../systems/systems.ts'
import { type Cell, keyOf, LINKS } from './cells.ts'
import { Link, whyNoLink } from './link.ts'
import { measure } from './measure.ts'
import type { Place } from './place.ts'
import type { Progress } from './progress.ts'
import type { Results } from './results.ts'
import { type Planned, siteOf } from './schedule.ts'
import { startSite } from './site.ts'

/** Measures the planned cells and saves after each, so that a later failure loses nothing. */
export async function perform(
  plan: readonly Planned[],
  results: Results,
  progress: Progress,
  keep: (results: Results) => void,
): Promise<void> {
  const stand = new Stand()
  try {
    for (const planned of plan) {
      const { cell, repetition } = planned
      progress.begin(planned)
      const at = new Date().toISOString()
      const measured = await measure(cell, await stand.for(cell))
      const run = { cell: keyOf(cell), repetition, at, ...measured }
      if (stand.kind) results.links = LINK_KINDS[stand.kind]
      results.runs.push(run)
      keep(results)
      progress.done(planned, run)
      // An overloaded system may still be working off its backlog.
      if (!run.complete) await stand.clear()
    }
  } finally {
    await stand.clear()
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
class Stand {
  #name = ''
  #runningSystem: RunningSystem | undefined
  #link: Link | undefined

  get kind(): Link['kind'] | undefined {
    return this.#link?.kind
  }

  async for(cell: Cell): Promise<Place> {
    const name = siteOf(cell)
    if (this.#name !== name) {
      await this.clear()
      const plan = LINKS.find((each) => cell.kind !== 'idle' && each.name === cell.link)
      if (plan) this.#link = await Link.open(plan)
      this.#runningSystem = await startSite(cell.kind === 'talk' ? cell.windowMs : FANOUT_WINDOW_MS, this.#link?.host)
      this.#name = name
    }
    return { site: this.#runningSystem!, elsewhere: this.#link?.elsewhere }
  }

  async clear(): Promise<void> {
    this.#name = ''
    await this.#runningSystem?.stop()
    this.#runningSystem = undefined
    await this.#link?.close()
    this.#link = undefined
  }
}
