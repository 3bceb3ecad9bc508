import { Status } from '../../../protocol/people.ts'
import { transports } from '../arguments.ts'
import type { ChatSession } from '../chat-session.ts'
import { count } from '../format.ts'
import { visible } from '../visible.ts'
import { type Command, firstWord, UsageError } from './command.ts'

const MB = 1_000_000

export const status: Command = {
  usage: 'online|away|busy',
  about: 'set your status',
  complete: () => [...Status.options],
  async run(session, rest) {
    const { success, data } = Status.safeParse(firstWord(rest).word)
    if (!success) throw new UsageError(`Enter a status: /status ${Status.options.join('|')}`)
    await session.chat.status(data)
    session.note(`you are ${data}`)
  },
}

export const ping: Command = {
  usage: '',
  about: 'measure the round-trip time',
  async run(session) {
    const began = performance.now()
    await session.chat.ping()
    const { node = '', transport } = session.chat.state
    session.note(`${(performance.now() - began).toFixed(1)} ms round trip to ${visible(node)} over ${transport}`)
  },
}

export const transport: Command = {
  usage: '[polling|websocket|auto]',
  about: 'show or change the transport',
  complete: () => ['websocket', 'polling', 'auto'],
  run(session, rest) {
    const { word } = firstWord(rest)
    const { node = '', transport } = session.chat.state
    if (!word) return session.note(`connected to ${visible(node)} over ${transport}`)
    const problems: string[] = []
    const wanted = transports(word, problems)
    if (problems[0]) throw new UsageError(problems[0])
    session.chat.setTransports(wanted)
    return connected(session)
  },
}

async function connected(session: ChatSession): Promise<void> {
  const { node = '', transport } = await session.chat.next('state', ({ state }) => state === 'live')
  session.note(`connected to ${visible(node)} over ${transport}`)
}

export const stats: Command = {
  usage: '',
  about: 'cluster statistics: connections, messages, nodes',
  async run(session) {
    const { nodes, connections, accepted, delivered, acceptedPerSecond } = await session.chat.stats()
    const row = (cells: string[]) => cells.map((cell, i) => (i === 0 ? cell.padEnd(8) : cell.padStart(12))).join('')
    session.print(
      session.colors.dim(row(['node', 'connections', 'accepted/s', 'accepted', 'delivered', 'loop p99', 'memory'])),
    )
    for (const node of nodes) {
      const { loopDelayMs, rssBytes } = node
      const figures = [node.connections, node.acceptedPerSecond, node.accepted, node.delivered].map(count)
      session.print(
        row([visible(node.node), ...figures, `${loopDelayMs.toFixed(1)} ms`, `${Math.round(rssBytes / MB)} MB`]),
      )
    }
    if (nodes.length > 1)
      session.print(row(['all', ...[connections, acceptedPerSecond, accepted, delivered].map(count)]))
  },
}

export const exit: Command = {
  usage: '',
  about: 'quit; also Ctrl-D, or Ctrl-C twice',
  run: (session) => session.end(),
}
