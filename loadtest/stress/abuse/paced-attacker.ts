import { masked, type WebSocketTransport } from '../../clients/websocket-transport.ts'
import type { Random } from '../../measure/random.ts'
import type { AttackerOptions } from './attacker.ts'
import { SocketIoAttacker, UNSENT_MAX_BYTES, webSocket } from './socket-io-attacker.ts'

export interface CommandSource {
  next(): string
  /** A new session started. */
  reset(): void
}

/** Commands are batched for this long, so that one write carries several. */
const WRITE_EVERY_MS = 100

/** Sends individually generated commands at its rate, without waiting for responses. */
export class PacedAttacker extends SocketIoAttacker<WebSocketTransport> {
  #nextAt = 0

  constructor(
    options: AttackerOptions & { name: string; perSecond: number },
    private readonly source: CommandSource,
    random: Random,
  ) {
    super(options, webSocket)
    this.#nextAt = performance.now() + random.between(0, WRITE_EVERY_MS)
  }

  override tick(now: number): void {
    if (now < this.#nextAt) return
    this.#nextAt = now + WRITE_EVERY_MS
    super.tick(now)
  }

  protected override admitted(): void {
    this.source.reset()
  }

  protected override write(due: number): void {
    if (this.connection!.buffered > UNSENT_MAX_BYTES) {
      this.counts.heldBack += due
      return
    }
    if (due === 0) return
    this.connection!.write(Buffer.concat(Array.from({ length: due }, () => masked(1, Buffer.from(this.source.next())))))
    this.counts.written += due
  }
}
