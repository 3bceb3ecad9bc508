import { escapeHtml } from '../html.ts'

/** A complete HTML page; `body` is HTML. It has no inline code, which the Content Security Policy forbids. */
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

/** The header of both pages, with links between them; `intro` is HTML. */
export function header(title: 'Report' | 'Logs', intro: string): string {
  const paths = { Report: '/report', Logs: '/logs' }
  const links = Object.entries(paths).map(
    ([name, path]) => `<li><a href="${path}"${name === title ? ' aria-current="page"' : ''}>${name}</a></li>`,
  )
  return `<header>
<nav aria-label="Pages"><ul>${links.join('')}<li><a href="/cluster">Cluster dashboard</a></li><li><a href="/">Chat</a></li></ul></nav>
<h1>${title}</h1>
<p>${intro}</p>
</header>`
}

/** Refresh controls and download links (`downloads` is HTML). The Refresh link works without the script. */
export const toolbar = (downloads: string): string =>
  `<p class="bar"><a href="" data-again>Refresh</a> <button type="button" data-pause hidden>Pause</button> <span role="status" data-state></span> <span class="forms">${downloads}</span></p>`
