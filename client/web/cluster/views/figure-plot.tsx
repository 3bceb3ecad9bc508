import { useEffect, useRef } from 'preact/hooks'
import type { Figure } from '../figures.ts'
import { inNumber } from '../format.ts'
import { LivePlot } from '../live-plot.ts'
import type { View } from '../stats-poller.ts'
import { Swatch } from './swatch.tsx'

/** Somebody who wants less movement gets a new drawing no more often than this. */
const CALM_MS = 5_000
const calm = matchMedia('(prefers-reduced-motion: reduce)')

/** A figure of every node: what it means, its last two minutes as lines, and what it is now. */
export function FigurePlot({ figure, view: { at, nodes, samples } }: { figure: Figure; view: View }) {
  const place = useRef<HTMLDivElement>(null)
  const key = useRef<HTMLUListElement>(null)
  const plot = useRef<LivePlot>(null)
  const drawnAt = useRef(0)
  const names = nodes.map(({ node }) => node).join(' ')

  useEffect(() => {
    const swatches = [...key.current!.querySelectorAll('.swatch')]
    const lines = nodes.map(({ slot }, i) => ({ slot, swatch: swatches[i]! }))
    const made = new LivePlot(place.current!, lines, figure.atLeast)
    plot.current = made
    drawnAt.current = 0
    return () => made.destroy()
  }, [names])

  useEffect(() => {
    if (calm.matches && at - drawnAt.current < CALM_MS) return
    drawnAt.current = at
    const valueAt = (name: string) => (sample: View['samples'][number]) => {
      const node = sample.nodes.get(name)
      return (node && figure.of(node)) ?? null
    }
    plot.current?.draw([
      samples.map((sample) => (sample.at - at) / 1_000),
      ...nodes.map(({ node }) => samples.map(valueAt(node))),
    ])
  }, [names, at])

  const values = nodes.flatMap((node) => (node.state === 'up' ? (figure.of(node) ?? []) : []))
  const spoken = `${figure.name}, ${figure.unit}, of each node over the last two minutes. The table of nodes says what it is now.`
  return (
    <section class="card" aria-label={figure.name}>
      <header>
        <h2>
          {figure.name} <small>{figure.unit}</small>
        </h2>
        <p class="all">
          <b>{values.length > 0 ? inNumber(figure.all.of(values)) : '–'}</b> <small>{figure.all.name}</small>
        </p>
      </header>
      <p class="meaning">{figure.meaning}</p>
      <div ref={place} class="plot" role="img" aria-label={spoken} />
      <ul ref={key} class="keys">
        {nodes.map((node) => (
          <li key={node.node} data-state={node.state}>
            <Swatch node={node} />
            {node.node} {node.state === 'up' ? inNumber(figure.of(node)) : node.state}
          </li>
        ))}
      </ul>
    </section>
  )
}
