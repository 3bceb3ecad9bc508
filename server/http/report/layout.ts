import { escapeHtml } from '../html.ts'

/** A whole page: `body` is HTML. Nothing inline, as the policy demands. */
export function layout(title: string, body: string, { script = false } = {}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Hubbub</title>
<link rel="stylesheet" href="/report/style.css">
<link rel="icon" href="/favicon.svg">
${script ? '<script src="/report/live.js" defer></script>\n' : ''}</head>
<body>
${body}
</body>
</html>
`
}

/** The head of both pages, with the way from one to the other; `said` is HTML. */
export function header(title: 'Report' | 'Logs', said: string): string {
  const ways = { Report: '/report', Logs: '/logs' }
  const links = Object.entries(ways).map(
    ([name, path]) => `<li><a href="${path}"${name === title ? ' aria-current="page"' : ''}>${name}</a></li>`,
  )
  return `<header>
<nav aria-label="Pages"><ul>${links.join('')}<li><a href="/cluster">Cluster, live</a></li><li><a href="/">Chat</a></li></ul></nav>
<h1>${title}</h1>
<p>${said}</p>
</header>`
}

/** How fresh the page is, and its other forms. Without the script, there is a link to ask again. */
export const toolbar = (forms: string): string =>
  `<p class="bar"><a href="" data-again>Refresh</a> <button type="button" data-pause hidden>Pause</button> <span role="status" data-state></span> <span class="forms">${forms}</span></p>`
