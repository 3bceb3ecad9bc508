import { masked } from '../../clients/websocket-transport.ts'

/** Masked WebSocket frames, encoded once and written repeatedly, several per write. */
export class FrameBlock {
  readonly #bytes: Buffer
  /** Start offset of each frame, followed by the end offset. */
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

  /** The next `count` frames, in one or more buffers. */
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
