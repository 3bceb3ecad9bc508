import { escaped } from '../report/bar-chart.ts'

/** Index of the palette: WebSocket, polling, upgraded. */
const STYLE = `:root{--ink:#1b1f24;--paper:#fff;--soft:#667;--c0:#0b6e4f;--c1:#c2571a;--c2:#5b6bb0}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#15181c;--soft:#9aa;--c0:#3fbf8f;--c1:#e8884d;--c2:#8f9fe0}}
text{font:12px system-ui,sans-serif;fill:var(--ink)}.name{text-anchor:end;fill:var(--soft)}.group{font-weight:600}.soft{fill:var(--soft)}
.c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.spread{stroke:var(--ink);stroke-width:1.5}
.grid{stroke:var(--soft);stroke-opacity:.25}.l0,.l1,.l2{fill:none;stroke-width:2}.l0{stroke:var(--c0)}.l1{stroke:var(--c1)}.l2{stroke:var(--c2)}
.dashed{stroke-dasharray:2 4}.paper{fill:var(--paper)}`

/** A chart as a self-contained SVG file. */
export function picture(title: string, drawing: { body: string; width: number; height: number }): string {
  const { body, width, height } = drawing
  const size = `viewBox="-8 -8 ${width + 16} ${height + 16}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escaped(title)}">
<style>${STYLE}</style>
<rect class="paper" x="-8" y="-8" width="${width + 16}" height="${height + 16}"/>
${body}
</svg>
`
}

/** Converts the SVG of `bars` to a drawing. */
export function drawn(svg: string): { body: string; width: number; height: number } {
  const [, width = 0, height = 0] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)?.map(Number) ?? []
  return { body: svg.slice(svg.indexOf('>') + 1, svg.lastIndexOf('<')), width, height }
}
