import { type ArchivedEvent, KINDS, type Kind } from '../../domain/journal.ts'
import { text } from '../html.ts'
import { inNumber, moment } from './format.ts'
import { bar, header, layout } from './layout.ts'
import type { LogsAsked } from './query.ts'

const FRESH_MS = 2_000

const kindNames: Record<Kind, string> = {
  start: 'Nodes that started',
  connection: 'Connections',
  match: 'Matches',
  message: 'Messages',
  disconnect: 'Disconnects',
  error: 'Errors',
  drain: 'Nodes that leave',
}

/** The latest events, the newest first: a plain list, which the script asks for again and again. `nodes`: to choose from. */
export function logsPage(events: readonly ArchivedEvent[], nodes: readonly string[], asked: LogsAsked): string {
  const { kind, node, limit } = asked
  const query = new URLSearchParams({ ...(kind && { kind }), ...(node && { node }), limit: `${limit}` })
  const names = [...new Set([...nodes, ...(node ? [node] : []), ...events.map((event) => event.node)])]
  const body = `${header('Logs', 'The latest events of all nodes, the newest first. What people say is not in it.')}
<main>
<form class="filter">
${select('Kind', 'kind', asked.kind, [['', 'All'], ...KINDS.map((each) => [each, kindNames[each]] as const)])}
${select('Node', 'node', node, [['', 'All'], ...names.sort(inOrder).map((each) => [each, each] as const)])}
${select(
  'At most',
  'limit',
  `${limit}`,
  [...new Set([100, 300, 1_000, limit])].map((each) => [`${each}`, inNumber(each)]),
)}
<button>Show</button>
</form>
${bar(`<a href="/logs.json?${text(`${query}`)}">JSON</a>`)}
<div data-live="${FRESH_MS}">
${events.length === 0 ? '<p>Nothing of this kind has happened yet.</p>' : list(events)}
</div></main>`
  return layout('Logs', body, { script: true })
}

const inOrder = new Intl.Collator('en', { numeric: true }).compare

function select(
  label: string,
  name: string,
  chosen: string | undefined,
  choices: readonly (readonly [string, string])[],
): string {
  const options = choices.map(
    ([value, word]) =>
      `<option value="${text(value)}"${value === (chosen ?? '') ? ' selected' : ''}>${text(word)}</option>`,
  )
  return `<span><label for="${name}">${label}</label> <select id="${name}" name="${name}">${options.join('')}</select></span>`
}

const list = (events: readonly ArchivedEvent[]): string =>
  `<ol class="events" aria-label="Events">\n${events.toReversed().map(line).join('\n')}\n</ol>`

function line({ time, node, way, kind, event, details, user, reason, skipped }: ArchivedEvent): string {
  const besides = [
    user && `<span class="faint">by</span> <span class="id">${text(user)}</span>`,
    reason && !details.includes(reason) && text(reason),
    skipped && `<span class="faint">and ${inNumber(skipped)} more just before, in the file of ${text(node)}</span>`,
  ].filter(Boolean)
  return `<li class="${kind}">${moment(Date.parse(time))} <span class="where">${text(node)} <span class="faint">${text(way)}</span></span> <strong>${text(event)}</strong> <span class="what">${text(details)}${besides.map((each) => ` · ${each}`).join('')}</span></li>`
}
