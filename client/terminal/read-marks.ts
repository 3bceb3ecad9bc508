/** Receipts are commands of their own: at most one a second for each room. */
const EVERY_MS = 1_000

/** Says how far each room was read, so that other clients of ours, and the next visit, know what is unread. */
export class ReceiptSender {
  readonly #say: (room: string, seq: number) => Promise<void>
  readonly #newest = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(say: (room: string, seq: number) => Promise<void>) {
    this.#say = say
  }

  read(room: string, seq: number): void {
    this.#newest.set(room, seq)
    this.#timer ??= setTimeout(() => this.#tell(), EVERY_MS).unref()
  }

  #tell(): void {
    this.#timer = undefined
    const all = [...this.#newest]
    this.#newest.clear()
    // One that is lost is made up for by the next.
    for (const [room, seq] of all) this.#say(room, seq).catch(() => {})
  }
}
