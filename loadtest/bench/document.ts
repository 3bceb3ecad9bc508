import { grid } from '../report/markdown.ts'
import { type Results, summarize } from './results.ts'
import { figures, JUDGED, judged, preface } from './table.ts'

/** docs/fan-out.md: tables from the results, explanations from profiles. */
export function document(results: Results): string {
  const summaries = summarize(results.runs)
  const sections = figures(summaries).map(({ title, head, rows }) => `### ${title}\n\n${grid(head, rows)}`)
  const dates = results.runs.map(({ at }) => at.slice(0, 10)).sort()
  return `<!-- Written by npm run bench -- --write from loadtest/results/bench.json. -->

# Fan-out compared with alternatives

A message in a room of a thousand is a thousand deliveries. The cost and latency of a delivery, and the rate that two
cores sustain: for Hubbub; for **plain** Socket.IO, a short server with the classic Redis adapter and \`io.to(room).emit\`,
tuned as its documentation advises; for the same with the sharded adapter; and for bare \`ws\` with a loop over the room.
Only Hubbub numbers, stores and rate limits each message. Bare \`ws\` only forwards messages and is the baseline.

## Goals

Compared with plain Socket.IO in the same setting; set before measuring.

${grid(JUDGED, judged(summaries))}

${IN_THE_WAY}

## What was measured

${sections.join('\n\n')}

## How it was measured

From ${dates[0]} to ${dates.at(-1)}. ${preface(results).join(' ')} Messages are sent at random times, the same for all systems.
CPU time is that of the nodes' processes from /proc, all nodes together; Redis and nginx separately. \`counts\`: how many
of the repetitions count. If a system cannot keep up, its delays grow for as long as it runs.

\`\`\`sh
npm run bench -- --quick                                        # an estimate in minutes
npm run bench -- --only hubbub,classic --nodes 3 --json FILE    # a part of it; everything takes more than an hour
npm run bench -- --only hubbub --workload room-10 --profile DIR # CPU profile of a node
npm run bench -- --write                                        # this page, from loadtest/results/bench.json
\`\`\`
`
}

const IN_THE_WAY = `## Why goals are missed

Share of a node's busy time, from CPU profiles on three nodes:

| | 1,000 × 10/s | 1,000 × 100/s | 100 rooms × 20 × 5/s |
| --- | --- | --- | --- |
| the write to each receiver, in the kernel | 62 % | 56 % | 35 % |
| the way there through Socket.IO, Engine.IO, ws and Node's streams | 28 % | 28 % | 14 % |
| a message from its sender: checks, rate, append, answer | 2 % | 6 % | 27 % |

- **Low rates (10/s).** Nothing is batched, so each delivery is a system call, as in every system.
  What is left of the difference to plain: a node beats, ticks, flushes its journal and is asked for its health every
  second, heartbeats come every 10 s and not every 25, and an entry has twice the bytes of plain's message, since it says
  who, when and under which number.
- **High rates (100/s, 1,000/s) on three nodes.** With a batching window of 15 ms each client gets some 41 frames a
  second at 100/s and 62 at 1,000/s, and a frame costs about what a write of bare \`ws\` does, or more where it holds
  more; 15 ms is the most that may be waited. On top, each of the three nodes hears every entry, reads it as JSON
  and writes it as JSON again. One node, which does that once and whose busier loop gathers more, stays below the bounds.
- **Many rooms.** Each message is a script in Redis, a number, an answer that its sender can trust, and a packet to each
  node that hosts the room, for twenty deliveries. Its 99th percentile moves with the machine, which is shared: from 16 to
  50 ms between one set of runs and another.
- **A node that hosts nobody** costs what any idle node does, some 7 ms a second: its beat, its tick, questions for its
  health. Measured is its share of what a busy node spends.
- **An idle connection** has all that plain has, and then who somebody is, in which rooms, with which status, what they
  may say and how fast, and what their client is still to be told. Its resident memory moves by a kilobyte or two from run
  to run, since a process keeps pages that it has no use for just now; the heap is the firm figure.
- **Through nginx at 300/s.** Nodes, nginx and clients share two cores and need all of them: what is late waits for the
  processor, not for Hubbub.
- **By long-polling** a delivery is a request and its answer, 45 to 60 µs at 10/s, which hides what gathering saves:
  polls gather by themselves, so that plain has little left to lose.`
