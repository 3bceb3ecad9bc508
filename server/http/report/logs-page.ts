import { type ArchivedEvent, KINDS, type Kind } from '../../domain/journal.ts'
import { escapeHtml } from '../html.ts'
import { formatNumber, timeElement } from './format.ts'
import { header, layout, toolbar } from './layout.ts'
import type { LogsQuery } from './query.ts'

const REFRESH_MS = 2_000

const kindNames: Record<Kind, string> = {
  start: 'Node started',
  connection: 'Connections',
  match: 'Matches',
  message: 'Messages',
  disconnect: 'Disconnects',
  error: 'Errors',
  drain: 'Node draining',
}

/** The latest events, newest first; the script refreshes the list. `nodes` are the choices of the node filter. */
export function logsPage(events: readonly ArchivedEvent[], nodes: readonly string[], filter: LogsQuery): string {
  const { kind, node, limit } = filter
  const query = new URLSearchParams({ ...(kind && { kind }), ...(node && { node }), limit: `${limit}` })
  const names = [...new Set([...nodes, ...(node ? [node] : []), ...events.map((event) => event.node)])]
  const body = `${header('Logs', 'The latest events of all nodes, newest first. Message text is never logged.')}
<main>
<form class="filter">
${select('Kind', 'kind', filter.kind, [['', 'All'], ...KINDS.map((each) => [each, kindNames[each]] as const)])}
${select('Node', 'node', node, [['', 'All'], ...names.sort(byName).map((each) => [each, each] as const)])}
${select(
  'Limit',
  'limit',
  `${limit}`,
  [...new Set([100, 300, 1_000, limit])].map((each) => [`${each}`, formatNumber(each)]),
)}
<button>Show</button>
</form>
${toolbar(`<a href="/logs.json?${escapeHtml(`${query}`)}">JSON</a>`)}
<div data-live="${REFRESH_MS}">
${events.length === 0 ? '<p>No events yet.</p>' : list(events)}
</div></main>`
  return layout('Logs', body, { script: true })
}

const byName = new Intl.Collator('en', { numeric: true }).compare

function select(
  label: string,
  name: string,
  chosen: string | undefined,
  choices: readonly (readonly [string, string])[],
): string {
  const options = choices.map(
    ([value, word]) =>
      `<option value="${escapeHtml(value)}"${value === (chosen ?? '') ? ' selected' : ''}>${escapeHtml(word)}</option>`,
  )
  return `<span><label for="${name}">${label}</label> <select id="${name}" name="${name}">${options.join('')}</select></span>`
}

const list = (events: readonly ArchivedEvent[]): string =>
  `<ol class="events" aria-label="Events">\n${events.toReversed().map(line).join('\n')}\n</ol>`

function line({ time, node, way, kind, event, details, user, reason, skipped }: ArchivedEvent): string {
  const extras = [
    user && `<span class="faint">by</span> <span class="id">${escapeHtml(user)}</span>`,
    reason && !details.includes(reason) && escapeHtml(reason),
    skipped &&
      `<span class="faint">${formatNumber(skipped)} more before this one, in the log file of ${escapeHtml(node)}</span>`,
  ].filter(Boolean)
  return `<li class="${kind}">${timeElement(Date.parse(time))} <span class="where">${escapeHtml(node)} <span class="faint">${escapeHtml(way)}</span></span> <strong>${escapeHtml(event)}</strong> <span class="what">${escapeHtml(details)}${extras.map((each) => ` · ${each}`).join('')}</span></li>`
}
