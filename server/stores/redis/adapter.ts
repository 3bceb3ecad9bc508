import { createShardedAdapter } from '@socket.io/redis-adapter'
import type { Redis } from 'ioredis'
import { Adapter, type BroadcastOptions, type ClusterMessage, MessageType } from 'socket.io-adapter'
import { BEAT_MS, BUS_TTL_MS } from '../../../protocol/limits.ts'
import type { Store } from '../../domain/ports.ts'
import { createClient, failFastOptions } from './connection.ts'

/** A broadcast as published, with its time of sending in milliseconds on the store's clock. */
type Broadcast = Extract<ClusterMessage, { type: MessageType.BROADCAST }> & { data: { sentAt?: number } }

/** The members of the sharded adapter that are used here; the library declares some of them private. */
interface Sharded extends Adapter {
  /** Whether the room has its own channel, which a node subscribes to while a local socket is in the room. */
  shouldUseASeparateNamespace(room: string): boolean
  computeChannel(message: ClusterMessage): string
  readonly channel: string
  publish(message: { type: MessageType.BROADCAST; data: Broadcast['data'] }): void
  onMessage(message: ClusterMessage): void
}

/** Unanswered pings after which the subscriber's connection counts as dead. */
const UNANSWERED_PINGS_MAX = 3

/**
 * Socket.IO adapter for messages between nodes outside the log: typing, receipts, cross-node commands. They are useless
 * after BUS_TTL_MS, so none of them waits: local sockets receive a broadcast before it is published, nothing is queued
 * while the store is unavailable, and messages that Redis delivers late are dropped.
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
    /** Rooms with little traffic, of which there are many: they share one channel that every node subscribes to. */
    isShared?: (room: string) => boolean
    /** Called when a broadcast reaches this node although no local socket is in its rooms. */
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
  // Socket.IO calls it with `new`, which an arrow function does not support.
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
    // Direct notifications are rare: one subscription per user would cost more than delivering each to all nodes.
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
 * Neither the adapter nor ioredis's automatic resubscription handles a rejected subscription, and Node ends the process
 * on an unhandled rejection. Subscriptions are made again with the next connection.
 */
function ignoreRejections(subscriber: Redis): Redis {
  for (const name of ['ssubscribe', 'sunsubscribe'] as const) {
    const send = subscriber[name].bind(subscriber) as (...channels: string[]) => Promise<unknown>
    Object.assign(subscriber, { [name]: (...channels: string[]) => send(...channels).catch(() => 0) })
  }
  return subscriber
}

/** Replaces the connection of a subscriber that is open but unresponsive. */
function startPinging(subscriber: Redis): NodeJS.Timeout {
  let unanswered = 0
  subscriber.on('close', () => {
    unanswered = 0
  })
  return setInterval(() => {
    // During connecting, a silent Redis counts as unresponsive, too.
    if (subscriber.status !== 'ready' && subscriber.status !== 'connect') return
    if (unanswered++ >= UNANSWERED_PINGS_MAX) subscriber.disconnect(true)
    else if (subscriber.status === 'ready')
      subscriber
        .ping()
        .then(() => (unanswered = 0))
        .catch(() => {})
  }, BEAT_MS).unref()
}
