const LATELY = 20

/** The messages of a room that somebody has in mind: those they said, and those they heard lately. */
export class Memory {
  readonly own: number[] = []
  readonly heard: number[] = []

  said(seq: number): void {
    keep(this.own, seq)
  }

  hear(seq: number): void {
    keep(this.heard, seq)
  }

  /** About to be deleted: nothing more is said about it. */
  forget(seq: number): void {
    this.own.splice(this.own.indexOf(seq), 1)
  }
}

function keep(seqs: number[], seq: number): void {
  seqs.push(seq)
  if (seqs.length > LATELY) seqs.shift()
}
