import { FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import { advice } from './advice.ts'
import { cells } from './cells.ts'
import { atRest, behindLinks, eachMessage, etherpad, firstMessage, gathering } from './chapters.ts'
import { Findings } from './findings.ts'
import { plots } from './plots.ts'
import { type Results, results } from './results.ts'
import { preface } from './table.ts'

/** docs/transports.md: every sentence with a figure is generated from the results. */
export function document(found: Results | undefined): string {
  const findings = new Findings(found ?? { ...results(false), runs: [] })
  const drawn = found ? plots(found) : {}
  const plot = (name: string) => {
    const made = drawn[`transports-${name}.svg`]
    return made ? `\n![${made.title}](images/transports-${name}.svg)\n` : ''
  }
  return `<!-- Written by npm run compare -- --write from loadtest/results/compare.json. -->

# Long-polling or WebSocket?

Two ways to hold a conversation with a browser, and the way from one to the other, under the same loads, through the same
nginx, to the same nodes. First what to choose, then what was measured, then how.

${standing(found)}

## What to choose

${advice(findings)}

## Until the first message

From the first packet of a newcomer until the room's newest messages are there, and until a message of its own has come
back. A slow link multiplies round trips: a WebSocket takes one for TCP and one for its opening, polling one for TCP, one
for the session, and a second connection for what is said.
${plot('first-message')}
${firstMessage(findings)}

## What a message costs

For each message that somebody hears, the sender included: what is paid for saying it is shared by all who hear it.
${plot('bytes')}${plot('requests')}${plot('processor')}
${eachMessage(findings)}

## How long it takes

From just before it is sent until it is heard, by all who hear it.
${plot('delay')}
## Gathering

Polling gathers by nature: while an answer is on its way, what is said waits, and leaves together in the next one. On a
WebSocket every packet is a frame of its own, and at each hop a system call. Etherpad found its 95th percentile at 200
authors to rise from 22 to 82 ms when clients used nothing but WebSocket, against clients that begin by polling, and
suspected that polling's gathering was what was lost ([published](https://github.com/ether/etherpad/issues/7767), nobody
here has repeated it there). Hubbub's fan-out gathers on both: the first message after a quiet moment leaves at once, what
comes soon after leaves together, and nothing waits longer than ${FANOUT_WINDOW_MS} ms. \`GATHER_MS=0\` turns that off,
which is how the left columns were measured. (These runs are from before a busy room waited for whole windows: since then
it gathers more, from about 50 messages a second.) By a quarter or more, and by the medians:

${etherpad(findings)}

${gathering(findings)}

## At rest

Connections that say nothing, in rooms of 50, with a heartbeat every ten seconds.
${plot('memory')}
${atRest(findings)}

## Behind a slow link

The clients in a network of their own, and between it and nginx a link with so much round trip, half of it each way, and,
where it says so, so many packets lost each way. No limit of bandwidth.

${behindLinks(findings)}

## How it was measured

${found ? `${preface(found)}\n\n` : ''}- **Clients** are lean ones in two processes of their own, which read and write Engine.IO's packets on sockets, with the headers
  that Chromium 156 sends (no cookie, no TLS), gzip included: Engine.IO compresses poll answers above 1 kB when a client
  takes it, and no WebSocket. \`upgraded\` does as the stock client: it polls, tries a WebSocket beside, and moves over
  when both have answered.
- **Bytes** are what the kernel counted for every connection of the edge (\`ss --info\`), read just before and just after.
  So a WebSocket is counted while it lives, every header and every frame is in it, and nothing stands in the path: a
  counting proxy would need as much of the processor as nginx does, on a machine of two cores. The clients count their end
  too; both agree, which a test holds. Where there is no \`ss\`, theirs is taken. Headers of TCP and IP are not
  counted; the number of segments stands in the raw file.
- **Processor time** is that of the processes, user and system, by /proc: in hundredths of seconds, so that figures for a
  handful of messages are coarse. Heartbeats that fall into the time are in it, as they are in the bytes.
- **Memory** is what two nodes and nginx hold with the connections less what they held before them, for each; the nodes
  after a garbage collection.
- **Without gathering** is measured where a room has ten messages a second or more; elsewhere a window seldom has two.
- **Order**: in each repetition every load is measured on all ways one after the other, each time beginning with another.
- **Not measured**: TLS, HTTP/2, compression on WebSocket, radio and battery, and what real proxies do.

## Again

\`\`\`sh
npm run compare -- --quick            # some minutes: a few cells, once
npm run compare                       # some hours, on a quiet machine; what is there already is kept
npm run compare -- --write            # this page and its plots, from loadtest/results/compare.json
\`\`\`
`
}

/** The images in docs/images, by file name. */
export function pictures(found: Results | undefined): Record<string, string> {
  const all = found ? Object.entries(plots(found)) : []
  return Object.fromEntries(all.map(([name, { svg }]) => [name, svg]))
}

function standing(found: Results | undefined): string {
  if (!found || found.runs.length === 0)
    return '**Not measured yet.** No figure stands here before `npm run compare` has made one.'
  const repetitions = Math.min(...[...countsOf(found).values()])
  const once = repetitions === 1 ? '1 repetition' : `${repetitions} repetitions`
  const dates = found.runs.map(({ at }) => at.slice(0, 10)).sort()
  const when = dates[0] === dates.at(-1) ? dates[0] : `${dates[0]} to ${dates.at(-1)}`
  const lines = [`Measured on ${when}: ${found.runs.length} runs, at least ${once} of each cell.`]
  if (found.quick) {
    lines.unshift(`**Quick, ${once}: short, a part of the cells, no more than an impression.**`)
  } else if (countsOf(found).size < cells(false).length) {
    lines.push(`${countsOf(found).size} of ${cells(false).length} cells are measured so far.`)
  }
  return lines.join(' ')
}

function countsOf({ runs }: Results): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { cell } of runs) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  return counts
}
