/** Receipts are throttled: at most one per second and room. */
const INTERVAL_MS = 1_000

/** Reports the read position of each room, so that the user's other clients and later sessions know what is unread. */
export class ReceiptSender {
  readonly #send: (room: string, seq: number) => Promise<void>
  readonly #newest = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(send: (room: string, seq: number) => Promise<void>) {
    this.#send = send
  }

  read(room: string, seq: number): void {
    this.#newest.set(room, seq)
    this.#timer ??= setTimeout(() => this.#flush(), INTERVAL_MS).unref()
  }

  #flush(): void {
    this.#timer = undefined
    const all = [...this.#newest]
    this.#newest.clear()
    // A lost receipt is superseded by the next one.
    for (const [room, seq] of all) this.#send(room, seq).catch(() => {})
  }
}
