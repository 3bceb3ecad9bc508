import { colours } from '../colours.ts'

/** The chart lines meet the WCAG AA contrast for graphics. */
export const style = `${colours}* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem 1.25rem 3rem; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; }
h1 { margin: 1rem 0 0.25rem; font-size: 1.75rem; }
h2 { margin: 2rem 0 0.75rem; font-size: 1.25rem; }
h3 { display: inline; font-size: 1rem; }
header p { margin: 0; }
a { color: var(--accent); }
a[aria-current] { color: var(--text); font-weight: 600; text-decoration: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0; padding: 0; list-style: none; }
nav a { display: inline-block; padding: 0.25rem 0; }
button, select, input { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--faint); border-radius: 0.5rem; padding: 0.25rem 0.75rem; min-height: 2rem; }
button { cursor: pointer; }
.faint { color: var(--faint); font-weight: 400; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.bar, .filter { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; margin: 1rem 0; }
.bar .forms { margin-inline-start: auto; display: flex; gap: 1rem; }
.no { max-width: 36rem; margin: 10vh auto; }
.no form { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; }

.totals { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 0.75rem; margin: 0; }
.totals div { padding: 0.75rem 1rem; background: var(--raised); border-radius: 0.75rem; }
.totals dt { color: var(--faint); font-size: 0.875rem; }
.totals dd { margin: 0; font-size: 1.4rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.totals dd span { display: block; font-size: 0.8125rem; }

.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1.5rem 2rem; }
figure { margin: 0; min-width: 0; }
.plot { display: grid; grid-template-columns: 4.5rem 1fr; margin: 0.5rem 0; color: var(--faint); font-size: 0.75rem; font-variant-numeric: tabular-nums; }
.scale { display: flex; flex-direction: column; justify-content: space-between; margin: -0.55rem 0.5rem -0.55rem 0; text-align: end; white-space: nowrap; }
.plot svg { display: block; width: 100%; height: 8rem; overflow: visible; }
.span { grid-column: 2; display: flex; justify-content: space-between; margin-top: 0.35rem; }
path { fill: none; vector-effect: non-scaling-stroke; }
.grid { stroke: var(--line); }
.line { stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.swatch { width: 1.25rem; height: 0.4rem; vertical-align: middle; }
.k0 { stroke: light-dark(#4f46c8, #a5a0ff); }
.k1 { stroke: light-dark(#b3541e, #f0a35e); }
.k2 { stroke: light-dark(#1a8a4f, #4cc38a); }
.k3 { stroke: light-dark(#b0307f, #f08bc6); }
.k4 { stroke: light-dark(#0b7a94, #56c7e0); stroke-dasharray: 6 4; }
.k5 { stroke: light-dark(#8a6d00, #e0c14a); stroke-dasharray: 6 4; }
.k6 { stroke: light-dark(#c0352b, #ff8b80); stroke-dasharray: 2 4; }
.k7 { stroke: light-dark(#5d5f6b, #a2a5b3); stroke-dasharray: 2 4; }

.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--line); text-align: end; white-space: nowrap; }
th:first-child { text-align: start; }
thead th { color: var(--faint); font-weight: 600; font-size: 0.875rem; }
tbody th { font-weight: 500; }
figure table { font-size: 0.8125rem; }
figure th, figure td { padding-block: 0.15rem; border: 0; }

.events { margin: 0; padding: 0; list-style: none; font-size: 0.9375rem; }
.events li { display: grid; grid-template-columns: 13.5rem 9.5rem 9.5rem 1fr; gap: 0 1rem; padding: 0.3rem 0; border-bottom: 1px solid var(--line); }
.events time { color: var(--faint); font-variant-numeric: tabular-nums; }
.events .what { min-width: 0; overflow-wrap: anywhere; unicode-bidi: isolate; }
.events .error strong { color: var(--bad); }
.id { font-family: ui-monospace, monospace; font-size: 0.875em; }
@media (max-width: 52rem) {
  .events li { grid-template-columns: 1fr auto; }
  .events .what { grid-column: 1 / -1; }
}
`
