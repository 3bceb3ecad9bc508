import { Status } from '../../../protocol/people.ts'
import { transports } from '../arguments.ts'
import { count } from '../format.ts'
import type { ChatSession } from '../talk.ts'
import { visible } from '../visible.ts'
import { type Command, firstWord, UsageError } from './command.ts'

const MB = 1_000_000

export const status: Command = {
  usage: 'online|away|busy',
  about: 'tell the others how you are',
  complete: () => [...Status.options],
  async run(talk, rest) {
    const { success, data } = Status.safeParse(firstWord(rest).word)
    if (!success) throw new UsageError(`Say which: /status ${Status.options.join('|')}`)
    await talk.chat.status(data)
    talk.note(`you are ${data}`)
  },
}

export const ping: Command = {
  usage: '',
  about: 'how long a question and its answer take',
  async run(talk) {
    const began = performance.now()
    await talk.chat.ping()
    const { node = '', transport } = talk.chat.state
    talk.note(`${(performance.now() - began).toFixed(1)} ms to ${visible(node)} and back, by ${transport}`)
  },
}

export const transport: Command = {
  usage: '[polling|websocket|auto]',
  about: 'websocket, polling or auto: change it live',
  complete: () => ['websocket', 'polling', 'auto'],
  run(talk, rest) {
    const { word } = firstWord(rest)
    const { node = '', transport } = talk.chat.state
    if (!word) return talk.note(`connected to ${visible(node)} by ${transport}`)
    const problems: string[] = []
    const wanted = transports(word, problems)
    if (problems[0]) throw new UsageError(problems[0])
    talk.chat.setTransports(wanted)
    return connected(talk)
  },
}

async function connected(talk: ChatSession): Promise<void> {
  const { node = '', transport } = await talk.chat.next('state', ({ state }) => state === 'live')
  talk.note(`connected to ${visible(node)} by ${transport}`)
}

export const stats: Command = {
  usage: '',
  about: 'the cluster: connections, messages, each node',
  async run(talk) {
    const { nodes, connections, accepted, delivered, acceptedPerSecond } = await talk.chat.stats()
    const row = (cells: string[]) => cells.map((cell, i) => (i === 0 ? cell.padEnd(8) : cell.padStart(12))).join('')
    talk.print(
      talk.paint.dim(row(['node', 'connections', 'accepted/s', 'accepted', 'delivered', 'loop p99', 'memory'])),
    )
    for (const node of nodes) {
      const { loopDelayMs, rssBytes } = node
      const figures = [node.connections, node.acceptedPerSecond, node.accepted, node.delivered].map(count)
      talk.print(
        row([visible(node.node), ...figures, `${loopDelayMs.toFixed(1)} ms`, `${Math.round(rssBytes / MB)} MB`]),
      )
    }
    if (nodes.length > 1) talk.print(row(['all', ...[connections, acceptedPerSecond, accepted, delivered].map(count)]))
  },
}

export const exit: Command = {
  usage: '',
  about: 'leave the program; so does Ctrl-D, or Ctrl-C twice',
  run: (talk) => talk.end(),
}
