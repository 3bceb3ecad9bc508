import { createShardedAdapter } from '@socket.io/redis-adapter'
import type { Redis } from 'ioredis'
import { Adapter, type BroadcastOptions, type ClusterMessage, MessageType } from 'socket.io-adapter'
import { BEAT_MS, BUS_TTL_MS } from '../../../protocol/limits.ts'
import type { Store } from '../../domain/ports.ts'
import { createClient, failFastOptions } from './connection.ts'

/** A published broadcast, with the time it left at, on the store's clock. */
type Broadcast = Extract<ClusterMessage, { type: MessageType.BROADCAST }> & { data: { sentAt?: number } }

/** What is used of the sharded adapter; the library keeps part of it to itself. */
interface Sharded extends Adapter {
  /** Whether the room has a channel of its own, to which a node subscribes while somebody here is in it. */
  shouldUseASeparateNamespace(room: string): boolean
  computeChannel(message: ClusterMessage): string
  readonly channel: string
  publish(message: { type: MessageType.BROADCAST; data: Broadcast['data'] }): void
  onMessage(message: ClusterMessage): void
}

/** Pings without an answer before the subscriber is taken for dead. */
const UNANSWERED_PINGS_MAX = 3

/**
 * What nodes tell each other outside the log: typing, receipts, cross-node commands. It is worth something for
 * BUS_TTL_MS, so nothing of it waits: not for Redis before it reaches this node's own people, not in a queue while the
 * store ails, and not in the buffers of a Redis that stood still.
 */
export function redisAdapter(
  url: string,
  {
    prefix,
    store,
    isShared = () => false,
    onWasted = () => {},
  }: {
    prefix: string
    store: Pick<Store, 'now' | 'unavailableReason'>
    /** Rooms of few words and many of a kind: they share one channel, which every node hears. */
    isShared?: (room: string) => boolean
    /** A broadcast came to this node, and nobody here is in its rooms. */
    onWasted?: () => void
  },
) {
  const publisher = createClient(url, failFastOptions)
  const subscriber = ignoreRejections(createClient(url, { maxRetriesPerRequest: null }))
  const watching = startPinging(subscriber)
  const sharded = createShardedAdapter(publisher, subscriber, {
    channelPrefix: `${prefix}:bus`,
    subscriptionMode: 'dynamic',
  })
  // Socket.IO calls it with `new`.
  function adapter(namespace: unknown): Adapter {
    return withDeadline(sharded(namespace) as unknown as Sharded, { store, isShared, onWasted })
  }
  return {
    adapter,
    close(): void {
      clearInterval(watching)
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}

interface Bus {
  store: Pick<Store, 'now' | 'unavailableReason'>
  isShared: (room: string) => boolean
  onWasted: () => void
}

function withDeadline(adapter: Sharded, { store, isShared, onWasted }: Bus): Adapter {
  const { onMessage, shouldUseASeparateNamespace, computeChannel } = adapter
  return Object.assign(adapter, {
    // A subscription for each person would cost more than what is said to one person now and then: all nodes hear it.
    shouldUseASeparateNamespace(room: string) {
      return !isShared(room) && shouldUseASeparateNamespace.call(adapter, room)
    },
    computeChannel(message: ClusterMessage) {
      const isToShared = message.type === MessageType.BROADCAST && message.data.opts.rooms.some(isShared)
      return isToShared ? adapter.channel : computeChannel.call(adapter, message)
    },
    async broadcast(packet: unknown, opts: BroadcastOptions) {
      Adapter.prototype.broadcast.call(adapter, packet, opts)
      if (opts.flags?.local || store.unavailableReason() !== undefined) return
      const { rooms, except, flags = {} } = opts
      const data = { packet, opts: { rooms: [...rooms], except: [...(except ?? [])], flags }, sentAt: store.now() }
      adapter.publish({ type: MessageType.BROADCAST, data })
    },
    onMessage(message: ClusterMessage) {
      if (message.type === MessageType.BROADCAST) {
        const { sentAt, opts } = (message as Broadcast).data
        if (sentAt !== undefined && store.now() - sentAt > BUS_TTL_MS) return
        const isOurs = message.uid === (adapter as unknown as { uid: string }).uid
        if (!isOurs && opts.rooms.length > 0 && !opts.rooms.some((room) => adapter.rooms.has(room))) onWasted()
      }
      onMessage.call(adapter, message)
    },
  })
}

/**
 * Neither the adapter nor ioredis's own resubscribing catches a refused subscription, and Node ends a process for that.
 * What was refused comes back with the next connection.
 */
function ignoreRejections(subscriber: Redis): Redis {
  for (const name of ['ssubscribe', 'sunsubscribe'] as const) {
    const ask = subscriber[name].bind(subscriber) as (...channels: string[]) => Promise<unknown>
    Object.assign(subscriber, { [name]: (...channels: string[]) => ask(...channels).catch(() => 0) })
  }
  return subscriber
}

/** Replaces a subscriber whose connection is open but dead. */
function startPinging(subscriber: Redis): NodeJS.Timeout {
  let unanswered = 0
  subscriber.on('close', () => {
    unanswered = 0
  })
  return setInterval(() => {
    // While it is connecting, a silent Redis counts as one that does not answer.
    if (subscriber.status !== 'ready' && subscriber.status !== 'connect') return
    if (unanswered++ >= UNANSWERED_PINGS_MAX) subscriber.disconnect(true)
    else if (subscriber.status === 'ready')
      subscriber
        .ping()
        .then(() => (unanswered = 0))
        .catch(() => {})
  }, BEAT_MS).unref()
}
