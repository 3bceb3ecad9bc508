import uPlot from 'uplot'
import { formatNumber } from './format.ts'
import { WINDOW_MS } from './node-history.ts'

const HEIGHT_PX = 150
const WINDOW_S = WINDOW_MS / 1_000
/** Dash pattern by slot, as in style/cluster.css, so that lines differ by more than their color. */
const DASHES_PX = [[], [8, 4], [2, 4]]

/** One line of a plot. */
export interface Line {
  /** The color is read from this element at each draw, because the color scheme can change. */
  readonly swatch: Element
  readonly slot: number
}

/** A line chart of the last two minutes; its canvas follows the width of its container. */
export class LivePlot {
  readonly #plot: uPlot
  readonly #resized: ResizeObserver
  readonly #dark = matchMedia('(prefers-color-scheme: dark)')
  readonly #recolour = () => this.#plot.redraw(false)

  constructor(place: HTMLElement, lines: readonly Line[], atLeast: number) {
    const axis = {
      stroke: () => getComputedStyle(place).color,
      grid: { stroke: () => getComputedStyle(place).borderTopColor, width: 1 },
      ticks: { show: false },
      font: '11px system-ui, sans-serif',
    }
    const ago = (seconds: number) => (seconds === 0 ? 'now' : `${-seconds / 60} min ago`)
    this.#plot = new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT_PX,
        padding: [8, 24, 0, 0],
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: { time: false, range: [-WINDOW_S, 0] },
          y: { range: (_plot, _least, most) => [0, Math.max(atLeast, most * 1.1)] },
        },
        axes: [
          { ...axis, size: 24, splits: () => [-WINDOW_S, -WINDOW_S / 2, 0], values: (_plot, at) => at.map(ago) },
          { ...axis, size: 44, space: 26, values: (_plot, values) => values.map(formatNumber) },
        ],
        series: [
          {},
          ...lines.map(({ swatch, slot }) => ({
            stroke: () => getComputedStyle(swatch).color,
            width: 2,
            dash: DASHES_PX[slot % DASHES_PX.length],
            points: { show: false },
          })),
        ],
      },
      [[], ...lines.map(() => [])],
      place,
    )
    this.#resized = new ResizeObserver(() => this.#plot.setSize({ width: place.clientWidth, height: HEIGHT_PX }))
    this.#resized.observe(place)
    this.#dark.addEventListener('change', this.#recolour)
  }

  /** First array: times in seconds relative to now (negative, oldest first). Others: values per line; null for a gap. */
  draw(data: [number[], ...(number | null)[][]]): void {
    this.#plot.setData(data)
  }

  destroy(): void {
    this.#resized.disconnect()
    this.#dark.removeEventListener('change', this.#recolour)
    this.#plot.destroy()
  }
}
