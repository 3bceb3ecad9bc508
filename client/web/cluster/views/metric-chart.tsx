import { useEffect, useRef } from 'preact/hooks'
import { formatNumber } from '../format.ts'
import { LivePlot } from '../live-plot.ts'
import type { Metric } from '../metrics.ts'
import type { View } from '../stats-poller.ts'
import { Swatch } from './swatch.tsx'

/** The minimum time between two draws for users who prefer reduced motion. */
const REDUCED_MOTION_MS = 5_000
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)')

/** A metric of every node: description, chart of the last two minutes and current values. */
export function MetricChart({ figure, view: { at, nodes, samples } }: { figure: Metric; view: View }) {
  const place = useRef<HTMLDivElement>(null)
  const key = useRef<HTMLUListElement>(null)
  const plot = useRef<LivePlot>(null)
  const drawnAt = useRef(0)
  const names = nodes.map(({ node }) => node).join(' ')

  useEffect(() => {
    const swatches = [...key.current!.querySelectorAll('.swatch')]
    const lines = nodes.map(({ slot }, i) => ({ slot, swatch: swatches[i]! }))
    const made = new LivePlot(place.current!, lines, figure.minTop)
    plot.current = made
    drawnAt.current = 0
    return () => made.destroy()
  }, [names])

  useEffect(() => {
    if (reducedMotion.matches && at - drawnAt.current < REDUCED_MOTION_MS) return
    drawnAt.current = at
    const valueAt = (name: string) => (sample: View['samples'][number]) => {
      const node = sample.nodes.get(name)
      return (node && figure.valueOf(node)) ?? null
    }
    plot.current?.draw([
      samples.map((sample) => (sample.at - at) / 1_000),
      ...nodes.map(({ node }) => samples.map(valueAt(node))),
    ])
  }, [names, at])

  const values = nodes.flatMap((node) => (node.state === 'up' ? (figure.valueOf(node) ?? []) : []))
  const spoken = `${figure.name}, ${figure.unit}, of each node over the last two minutes. The node table has the current values.`
  return (
    <section class="card" aria-label={figure.name}>
      <header>
        <h2>
          {figure.name} <small>{figure.unit}</small>
        </h2>
        <p class="all">
          <b>{values.length > 0 ? formatNumber(figure.aggregate.of(values)) : '–'}</b>{' '}
          <small>{figure.aggregate.name}</small>
        </p>
      </header>
      <p class="meaning">{figure.description}</p>
      <div ref={place} class="plot" role="img" aria-label={spoken} />
      <ul ref={key} class="keys">
        {nodes.map((node) => (
          <li key={node.node} data-state={node.state}>
            <Swatch node={node} />
            {node.node} {node.state === 'up' ? formatNumber(figure.valueOf(node)) : node.state}
          </li>
        ))}
      </ul>
    </section>
  )
}
