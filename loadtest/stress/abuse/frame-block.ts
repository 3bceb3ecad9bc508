import { masked } from '../../clients/websocket-transport.ts'

/** Masked WebSocket frames, made once and written over and over, any number of them in one piece. */
export class FrameBlock {
  readonly #bytes: Buffer
  /** Where each frame begins; the last one is the end. */
  readonly #offsets: number[]
  #next = 0

  constructor(frames: readonly Buffer[]) {
    this.#bytes = Buffer.concat(frames)
    let at = 0
    this.#offsets = [0, ...frames.map((frame) => (at += frame.length))]
  }

  static ofTexts(texts: readonly string[]): FrameBlock {
    return new FrameBlock(texts.map((text) => masked(1, Buffer.from(text))))
  }

  /** The next `count` frames, in one or more pieces. */
  *take(count: number): Generator<Buffer> {
    const frames = this.#offsets.length - 1
    for (let left = count; left > 0; ) {
      const until = Math.min(frames, this.#next + left)
      yield this.#bytes.subarray(this.#offsets[this.#next], this.#offsets[until])
      left -= until - this.#next
      this.#next = until % frames
    }
  }
}
