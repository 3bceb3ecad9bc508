import { escapeHtml } from '../html.ts'
import { layout } from './layout.ts'

/** A no for people: what is wrong, and what to do next. */
export function errorPage(status: number, sentence: string): string {
  const title = titles[status] ?? 'This does not work'
  const next = status === 401 ? signInForm : '<p><a href="">Try again</a> · <a href="?">Show everything</a></p>'
  return layout(title, `<main class="no"><h1>${title}</h1>\n<p>${escapeHtml(sentence)}</p>\n${next}</main>`)
}

const titles: Record<number, string> = { 401: 'Who is asking?', 503: 'Not just now' }

const signInForm = `<p>Look for <code>/report?token=</code> where the server was started, or in a node’s log. Where <code>ADMIN_TOKEN</code>
is set, that is it.</p>
<form>
<label for="token">Admin token</label>
<input id="token" name="token" type="password" required autocomplete="current-password">
<button>Show</button>
</form>
<p>Programs send <code>Authorization: Bearer</code> and the token. If you came by a link from another site:
<a href="?">go on from here</a>.</p>`
