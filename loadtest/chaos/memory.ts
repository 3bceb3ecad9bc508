const RECENT_MAX = 20

/** Recent messages of a room that a virtual user may edit, delete or react to. */
export class Memory {
  readonly own: number[] = []
  readonly received: number[] = []

  addOwn(seq: number): void {
    pushRecent(this.own, seq)
  }

  addReceived(seq: number): void {
    pushRecent(this.received, seq)
  }

  /** The message is about to be deleted. */
  forget(seq: number): void {
    this.own.splice(this.own.indexOf(seq), 1)
  }
}

function pushRecent(seqs: number[], seq: number): void {
  seqs.push(seq)
  if (seqs.length > RECENT_MAX) seqs.shift()
}
