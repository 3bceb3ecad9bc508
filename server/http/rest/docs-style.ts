import { colours } from '../colours.ts'

export const docsStyle = `${colours}* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; }
main, header { max-width: 60rem; margin: auto; padding: 1.5rem 1.25rem; }
header { padding-bottom: 0; }
h1, h2, h3 { line-height: 1.25; }
h2 { margin: 0; font-size: 1.25rem; }
h3 { margin: 1.5rem 0 0.5rem; font-size: 1rem; }
a { color: var(--accent); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; list-style: none; }
section { margin-bottom: 2rem; padding: 1.25rem; border: 1px solid var(--line); border-radius: 0.75rem; }
code, pre { font: 0.9em/1.5 ui-monospace, monospace; }
code { overflow-wrap: anywhere; }
pre { margin: 0; padding: 0.75rem; overflow-x: auto; background: var(--raised); border-radius: 0.5rem; }
.verb { color: var(--accent); }
.faint { color: var(--faint); }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
th { color: var(--faint); font-weight: 600; }
`
