import type { Spread } from '../measure/spread.ts'
import { bars, escaped, type Group } from '../report/bar-chart.ts'
import { SYSTEMS, TITLES } from '../systems/systems.ts'
import { type Results, type Summary, summarize } from './results.ts'
import { JUDGED, judged, preface } from './table.ts'
import { WORKLOADS } from './workloads.ts'

/** Self-contained HTML page: charts, goals, and how it was measured. */
export function page(results: Results): string {
  const summaries = summarize(results.runs)
  const sections = WORKLOADS.flatMap(({ name, title }) => {
    const rows = summaries.filter(({ workload }) => workload === name)
    return rows.length > 0 ? [`<section><h2>${escaped(title)}</h2>${plots(rows)}${notes(rows)}</section>`] : []
  })
  const paragraphs = preface(results).map((line) => `<p>${escaped(line)}</p>`)
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Hubbub: fan-out, measured</title>
<style>${STYLE}</style>
<h1>Fan-out, measured</h1>
${paragraphs.join('\n')}
<p>Made by <code>npm run bench</code>. The thin lines reach from the least to the most of the repetitions.</p>
<section><h2>Goals</h2>${goals(summaries)}</section>
${sections.join('\n')}
</html>
`
}

const PLOTS: [words: string, of: (summary: Summary) => Spread | undefined, digits: number, unit: string][] = [
  ['Server CPU for a delivery, all nodes together', ({ cpuPerDelivery }) => cpuPerDelivery, 2, 'µs'],
  ['Send to delivery, 99th percentile', ({ p99 }) => p99, 1, 'ms'],
  [
    'Deliveries a second sustained',
    ({ workload, deliveriesPerSecond }) => (workload.startsWith('most') ? deliveriesPerSecond : undefined),
    0,
    '/s',
  ],
  ['Resident memory for a connection', ({ rss }) => scaled(rss), 1, 'kB'],
  ['Heap for a connection', ({ heap }) => scaled(heap), 1, 'kB'],
  ['Messages heard by the node that hosts nobody, for each one said', ({ heardPerMessage }) => heardPerMessage, 2, ''],
]

function plots(rows: Summary[]): string {
  return PLOTS.map(([words, of, digits, unit]) => {
    const groups = groupsOf(rows, of)
    if (groups.length === 0) return ''
    const write = (value: number) =>
      `${value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })} ${unit}`.trim()
    return `<h3>${escaped(words)}</h3>${bars(words, groups, write)}`
  }).join('')
}

function groupsOf(rows: Summary[], of: (summary: Summary) => Spread | undefined): Group[] {
  const groups = new Map<string, Group>()
  for (const summary of rows) {
    const value = of(summary)
    if (!value) continue
    const { nodes, transport, contestant } = summary
    const label = `${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${transport}`
    const group = groups.get(label) ?? { label, bars: [] }
    groups.set(label, group)
    group.bars.push({ label: TITLES[contestant], colour: SYSTEMS.indexOf(contestant), value })
  }
  return [...groups.values()]
}

/** Lists incomplete runs instead of hiding them. */
function notes(rows: Summary[]): string {
  return rows
    .filter(({ complete, repetitions }) => complete < repetitions)
    .map(({ contestant, nodes, transport, complete, repetitions, why }) => {
      const where = `${TITLES[contestant]}, ${nodes} nodes, ${transport}`
      return `<p class="note">${escaped(`${where}: ${complete} of ${repetitions} count (${why})`)}</p>`
    })
    .join('')
}

function goals(summaries: Summary[]): string {
  const rows = judged(summaries).map((words) => {
    const cells = words.map((each) => `<td>${escaped(each)}</td>`).join('')
    return `<tr class="${words[0] === 'met' ? 'met' : 'missed'}">${cells}</tr>`
  })
  const heads = JUDGED.map((word) => `<th>${word}</th>`).join('')
  return `<table><tr>${heads}</tr>${rows.join('')}</table>`
}

const scaled = (bytes?: Spread): Spread | undefined =>
  bytes && { ...bytes, median: bytes.median / 1e3, least: bytes.least / 1e3, most: bytes.most / 1e3 }

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#667;--c0:#0b6e4f;--c1:#c2571a;--c2:#b8911b;--c3:#5b6bb0}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#15181c;--soft:#9aa;--c0:#3fbf8f;--c1:#e8884d;--c2:#dcb84a;--c3:#8f9fe0}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:760px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.5rem}h3{font-size:.95rem;font-weight:600;color:var(--soft);margin-bottom:.3rem}
svg{width:100%;height:auto}text{font:12px system-ui,sans-serif;fill:var(--ink)}.name{text-anchor:end;fill:var(--soft)}.group{font-weight:600}
.c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}.spread{stroke:var(--ink);stroke-width:1.5}
table{border-collapse:collapse;font-size:.85rem;width:100%}td,th{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #8884}
.met td:first-child{color:var(--c0)}.missed td:first-child{color:var(--c1);white-space:nowrap}.note{font-size:.85rem;color:var(--soft)}`
