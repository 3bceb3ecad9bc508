import { escapeHtml } from '../html.ts'
import { layout } from './layout.ts'

/** An error page: the message and what to do next. */
export function errorPage(status: number, message: string): string {
  const title = titles[status] ?? 'Something went wrong'
  const next = status === 401 ? signInForm : '<p><a href="">Try again</a> · <a href="?">Reset filters</a></p>'
  return layout(title, `<main class="no"><h1>${title}</h1>\n<p>${escapeHtml(message)}</p>\n${next}</main>`)
}

const titles: Record<number, string> = { 401: 'Admin sign-in', 503: 'Temporarily unavailable' }

const signInForm = `<p>The token is the value of <code>ADMIN_TOKEN</code>. If it is not set, find the address with
<code>/report?token=</code> in the terminal where the server was started, or in a node’s log.</p>
<form>
<label for="token">Admin token</label>
<input id="token" name="token" type="password" required autocomplete="current-password">
<button>Sign in</button>
</form>
<p>Programs send the token as <code>Authorization: Bearer</code>. If you followed a link from another site,
<a href="?">continue</a>.</p>`
