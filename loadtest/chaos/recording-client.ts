import { Manager, type Socket } from 'socket.io-client'
import type { Input, Output } from '../../protocol/commands.ts'
import type { Payload } from '../../protocol/events.ts'
import type { Answer } from '../../protocol/faults.ts'
import type { Command } from './history.ts'
import type { Network } from './network.ts'
import type { Recorder } from './recorder.ts'

/** Network and recorder of a client, found by the client name in the URL, `?who=c17`, which the cluster ignores. */
interface InstrumentedClient {
  network: Network
  recorder: Recorder
}
const users = new Map<string, InstrumentedClient>()

export const registerClient = (who: string, instrumented: InstrumentedClient): void => void users.set(who, instrumented)

/**
 * Instruments socket.io-client below the SDK: each new connection uses its client's network, and its traffic is
 * recorded before the SDK handles it. Call once per process, before the first client is created.
 */
export function instrumentClients(): void {
  const { open, socket } = Manager.prototype
  const whose = (manager: Manager) =>
    new URL(String(Reflect.get(manager, 'uri')), 'http://nobody').searchParams.get('who') ?? ''
  Manager.prototype.open = function (...args) {
    const instrumented = users.get(whose(this))
    // Engine.IO types `agent` as a string; in Node it is an http.Agent.
    if (instrumented) Object.assign(this.opts, { agent: instrumented.network.agent })
    return open.apply(this, args)
  }
  Manager.prototype.socket = function (...args) {
    const made = socket.apply(this, args)
    const who = whose(this)
    const instrumented = users.get(who)
    if (instrumented) recordTraffic(made, who, instrumented.recorder)
    return made
  }
}

let links = 0

function recordTraffic(socket: Socket, who: string, recorder: Recorder): void {
  const link = ++links
  socket.on('entries', ({ room, epoch, entries }: Payload<'entries'>) => {
    for (const batch of recorder.batches(epoch, entries)) recorder.note(who, { what: 'received', link, room, ...batch })
  })
  socket.on('presence', ({ room, joined, left }: Payload<'presence'>) => {
    if (joined.length + left.length === 0) return
    recorder.note(who, { what: 'presence', link, room, joined: joined.map(({ id }) => id), left })
  })
  socket.on('room:stale', ({ room }: Payload<'room:stale'>) => recorder.note(who, { what: 'stale', link, room }))

  const { emit } = socket
  socket.emit = (name: string, ...args: unknown[]) => {
    const [input, ack] = args
    const answered = recorders[name]?.(who, link, input, recorder)
    if (answered === undefined || typeof ack !== 'function') return emit.call(socket, name, ...args)
    return emit.call(socket, name, input, (error: Error | null, answer?: Answer<unknown>) => {
      answered(answer)
      ack(error, answer)
    })
  }
}

type RecordCommand = (
  who: string,
  link: number,
  input: unknown,
  recorder: Recorder,
) => (answer?: Answer<unknown>) => void

/**
 * For each recorded command: records the request and returns a function that records the response, if one arrived in
 * time.
 */
const recorders: Record<string, RecordCommand> = {
  'room:join': (who, link, input, recorder) => {
    const { room, after, epoch } = input as Input<'room:join'>
    recorder.note(who, { what: 'join request', link, room, after, epoch })
    return (answer) => {
      if (!answer) return recorder.note(who, { what: 'response timeout', link, room })
      if (!answer.ok) return recorder.note(who, { what: 'join failed', link, room, code: answer.fault.code })
      const value = answer.value as Output<'room:join'>
      const { head, more, truncated } = value
      const batches = recorder.batches(value.epoch, value.entries)
      if (batches.length === 0) batches.push({ epoch: value.epoch, from: head + 1, digests: [] })
      // More than one batch means a gap in the response; the checker reports it for the second batch.
      for (const batch of batches) recorder.note(who, { what: 'joined', link, room, head, more, truncated, ...batch })
    }
  },
  'room:leave': (who, link, input, recorder) => {
    const { room } = input as Input<'room:leave'>
    recorder.note(who, { what: 'leave request', link, room })
    return (answer) => answer && recorder.note(who, { what: 'left', link, room })
  },
  'message:send': recordAppend('message'),
  'message:edit': recordAppend('edit'),
  'message:delete': recordAppend('delete'),
  'message:react': recordAppend('reaction'),
}

function recordAppend(kind: Command['kind']): RecordCommand {
  return (who, link, input, recorder) => {
    const { room, clientId, text, seq, emoji, on } = input as AppendInput
    recorder.note(who, {
      what: 'request',
      link,
      clientId,
      ...recorder.withDigest({ room, kind, text, target: seq, emoji, on }),
    })
    return (answer) => {
      if (!answer) return
      if (!answer.ok) return recorder.note(who, { what: 'response', link, clientId, code: answer.fault.code })
      const entry = answer.value as Output<'message:send'>
      const digest = recorder.name(entry)
      recorder.note(who, { what: 'response', link, clientId, digest, seq: entry.seq })
    }
  }
}

type AppendInput = Pick<Input<'message:send'>, 'room' | 'clientId'> &
  Partial<Input<'message:send'> & Input<'message:edit'> & Input<'message:react'>>
