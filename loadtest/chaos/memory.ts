const LATELY = 20

/** Recent messages of a room that a virtual user may edit, delete or react to. */
export class Memory {
  readonly own: number[] = []
  readonly heard: number[] = []

  said(seq: number): void {
    keep(this.own, seq)
  }

  hear(seq: number): void {
    keep(this.heard, seq)
  }

  /** The message is about to be deleted. */
  forget(seq: number): void {
    this.own.splice(this.own.indexOf(seq), 1)
  }
}

function keep(seqs: number[], seq: number): void {
  seqs.push(seq)
  if (seqs.length > LATELY) seqs.shift()
}
