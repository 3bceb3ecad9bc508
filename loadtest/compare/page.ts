import { escaped } from '../report/bar-chart.ts'
import { plots } from './plots.ts'
import type { Results } from './results.ts'
import { table } from './table.ts'

/** Self-contained HTML page: charts, followed by all figures. */
export function page(results: Results): string {
  const sections = Object.values(plots(results)).map(({ title, svg }) => `<h2>${escaped(title)}</h2>\n${svg}`)
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Long-polling or WebSocket</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:800px;margin:2rem auto;padding:0 1rem}
svg{width:100%;height:auto}pre{overflow-x:auto;font-size:.8rem}</style>
<h1>Long-polling or WebSocket</h1>
${results.quick ? '<p>A quick run: short and not repeated, so only an estimate.</p>' : ''}
${sections.join('\n')}
<pre>${escaped(table(results))}</pre>
</html>
`
}
