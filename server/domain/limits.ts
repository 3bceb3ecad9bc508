import { isDirect, isMatch } from '../../protocol/room.ts'
import { AddressCommands } from './address-commands.ts'
import { AddressConnections } from './address-connections.ts'
import { FaultError } from './fault-error.ts'
import type { Nodes } from './ports.ts'
import { RECONCILE_MS, SharedLimiter } from './shared-limiter.ts'
import type { Rate } from './token-bucket.ts'

/** 0 disables a limit, except for `appends`. */
export interface LimitSettings {
  appends: Rate
  addressAppends: Rate
  addressCommands: Rate
  dialectAppends: Rate
  roomAppends: Rate
  addressConnections: number
  directOpensPerHour: number
  roomsCreatedPerHour: number
}

const HOUR_S = 3_600
/** The maximum number of existing rooms that a node caches. */
const KNOWN_ROOMS = 50_000

/**
 * The rate limits per user, address and room, all cluster-wide except `commands`, which is per node. An address is an IPv4
 * address or an IPv6 /64.
 */
export class Limits {
  readonly connections: AddressConnections
  readonly commands: AddressCommands
  readonly #limiter: SharedLimiter
  readonly #knownRooms = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly nodes: Nodes,
    private readonly settings: LimitSettings,
    /** Called with each error of a reconciliation other than an unavailable store. */
    private readonly onError: (error: unknown) => void,
  ) {
    this.#limiter = new SharedLimiter(nodes)
    this.commands = new AddressCommands(settings.addressCommands)
    this.connections = new AddressConnections(nodes, settings.addressConnections)
  }

  /** Starts periodic reconciliation with the other nodes. */
  open(): void {
    const round = () => void this.reconcile().finally(() => this.#timer?.refresh())
    this.#timer = setTimeout(round, RECONCILE_MS).unref()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** While the store is unavailable each limit continues with this node's local state. */
  async reconcile(): Promise<void> {
    const outcomes = await Promise.allSettled([this.#limiter.reconcile(), this.connections.reconcile()])
    for (const outcome of outcomes) {
      const isSurprise = outcome.status === 'rejected' && !(outcome.reason instanceof FaultError)
      if (isSurprise) this.onError(outcome.reason)
    }
  }

  /** Takes a token of the user and one of the address for an append by Socket.IO or REST. Throws `rate_limited`. */
  takeAppend(user: string, address: string): void {
    const { appends, addressAppends } = this.settings
    const isAddressLimited = addressAppends.perSecond > 0
    const addressWait = isAddressLimited ? this.#limiter.wait(`address:${address}`, addressAppends) : 0
    if (addressWait > 0) throw tooFast('Your address sends', 'ADDRESS_APPENDS_PER_SECOND', addressAppends, addressWait)
    const wait = this.#limiter.take(`user:${user}`, appends)
    if (wait > 0) throw tooFast('You send', 'APPENDS_PER_SECOND', appends, wait)
    if (isAddressLimited) this.#limiter.take(`address:${address}`, addressAppends)
  }

  /** Takes a token of the room for an append. Throws `rate_limited`. */
  takeRoomAppend(room: string): void {
    const { roomAppends } = this.settings
    if (roomAppends.perSecond === 0) return
    const wait = this.#limiter.take(`room:${room}`, roomAppends)
    if (wait > 0) throw tooFast('The room receives', 'ROOM_APPENDS_PER_SECOND', roomAppends, wait)
  }

  /** Waits for a token that all dialect connections of an address share. Returns undefined if one was available. */
  waitForDialectFrame(address: string, signal: AbortSignal): Promise<void> | undefined {
    const { dialectAppends } = this.settings
    if (dialectAppends.perSecond === 0) return undefined
    return this.#limiter.queue(`dialect:${address}`, dialectAppends, signal)
  }

  /** The same limit as `takeRoomAppend`, but waits for the token instead of throwing. */
  waitForRoomAppend(room: string, signal: AbortSignal): Promise<void> | undefined {
    const { roomAppends } = this.settings
    if (roomAppends.perSecond === 0) return undefined
    return this.#limiter.queue(`room:${room}`, roomAppends, signal)
  }

  async takeDirectOpen(user: string): Promise<void> {
    await this.#hourly(`direct:${user}`, this.settings.directOpensPerHour, 'direct rooms', 'DIRECT_OPENS_PER_HOUR')
  }

  /**
   * Takes a token for the first append to a public room, which creates it. `isEmpty` is called once per room and node.
   * `by` is a user id, or the address of a client without a token.
   */
  async takeRoomCreation(by: string, room: string, isEmpty: () => boolean | Promise<boolean>): Promise<void> {
    const { roomsCreatedPerHour } = this.settings
    if (roomsCreatedPerHour === 0 || isDirect(room) || isMatch(room) || this.#knownRooms.has(room)) return
    if (await isEmpty()) {
      await this.#hourly(`rooms:${by}`, roomsCreatedPerHour, 'new rooms', 'ROOMS_CREATED_PER_HOUR')
    }
    if (this.#knownRooms.size >= KNOWN_ROOMS) this.#knownRooms.clear()
    this.#knownRooms.add(room)
  }

  /** Hourly limits are exact: each call is rare enough to ask the store. */
  async #hourly(key: string, perHour: number, what: string, variable: string): Promise<void> {
    if (perHour === 0) return
    const wait = await this.nodes.takeToken(key, { perSecond: perHour / HOUR_S, burst: perHour })
    if (wait > 0) {
      throw new FaultError(
        'rate_limited',
        `You opened more than ${perHour} ${what} an hour (${variable}). Try again later.`,
        wait,
      )
    }
  }
}

function tooFast(subject: string, variable: string, { perSecond }: Rate, waitMs: number): FaultError {
  return new FaultError(
    'rate_limited',
    `${subject} more than ${perSecond} messages a second (${variable}). Slow down.`,
    waitMs,
  )
}
