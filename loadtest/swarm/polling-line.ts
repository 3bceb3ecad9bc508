import { type Line, type LineOptions, Stream } from './line.ts'

const HEAD_END = '\r\n\r\n'
/** Engine.IO puts this between the packets of one answer. */
const SEPARATOR = 0x1e
/** So long before a server closes a kept connection (its Keep-Alive header says when) nobody should use it any more. */
const MARGIN_MS = 1_000

/** Engine.IO's long-polling by hand: one kept connection on which a poll always waits, one for what is said. */
export class PollingLine implements Line {
  readonly #polls: Stream
  #posts: Stream | undefined
  #path: string
  #sid = ''
  #waiting: string[] = []
  #posting = false
  #keptUntil = 0
  #closed = false

  constructor(
    path: string,
    private readonly options: LineOptions,
  ) {
    this.#path = path
    this.#polls = new Stream(options, {
      open: () => this.#poll(),
      read: (bytes, end) => answers(bytes, end, (refusal, start, stop) => this.#heard(refusal, bytes, start, stop)),
      gone: (why) => this.#gone(why),
    })
  }

  send(text: string): void {
    this.#waiting.push(text)
    if (!this.#posting) this.#post()
  }

  close(): void {
    this.#polls.close()
    this.#posts?.close()
  }

  #poll(): void {
    this.#polls.write(`GET ${this.#path} HTTP/1.1\r\nHost: ${this.options.host}:${this.options.port}${HEAD_END}`)
  }

  #heard(refusal: string, bytes: Buffer, start: number, stop: number): void {
    if (refusal) {
      this.#gone(`a poll was answered with ${refusal}`)
      return
    }
    if (!this.#sid) this.#begin(bytes.toString('latin1', start, stop))
    const body = bytes.subarray(start, stop)
    let from = start
    while (from < stop) {
      const found = body.indexOf(SEPARATOR, from - start)
      const end = found < 0 ? stop : start + found
      this.options.packet(bytes, from, end)
      from = end + 1
    }
    this.#poll()
  }

  #begin(opening: string): void {
    this.#sid = (JSON.parse(opening.slice(1)) as { sid: string }).sid
    this.#path += `&sid=${this.#sid}`
    this.options.open(this)
  }

  #post(): void {
    this.#posting = true
    if (this.#posts && performance.now() < this.#keptUntil) {
      this.#write()
      return
    }
    const before = this.#posts
    this.#posts = undefined
    before?.close()
    const posts = new Stream(this.options, {
      open: () => this.#write(),
      read: (bytes, end) => answers(bytes, end, (refusal, _start, _stop, keptMs) => this.#posted(refusal, keptMs)),
      gone: (why) => {
        if (this.#posts === posts && this.#posting) this.#gone(why)
      },
    })
    this.#posts = posts
  }

  #write(): void {
    const body = Buffer.from(this.#waiting.join(String.fromCharCode(SEPARATOR)))
    this.#waiting = []
    const { host, port } = this.options
    const head = `POST ${this.#path} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: text/plain;charset=UTF-8\r\n`
    this.#posts?.write(Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}${HEAD_END}`), body]))
  }

  #posted(refusal: string, keptMs: number): void {
    this.#posting = false
    this.#keptUntil = performance.now() + keptMs - MARGIN_MS
    if (refusal) this.#gone(`a post was answered with ${refusal}`)
    else if (this.#waiting.length > 0) this.#post()
  }

  #gone(why: string): void {
    if (this.#closed) return
    this.#closed = true
    this.close()
    this.options.gone(why)
  }
}

type Each = (refusal: string, start: number, stop: number, keptMs: number) => void

/**
 * Hands over every whole answer: its status unless that is 200, where its body lies, and how long the connection is kept
 * without another request.
 */
function answers(bytes: Buffer, end: number, each: Each): number {
  let at = 0
  while (at < end) {
    const ends = bytes.indexOf(HEAD_END, at, 'latin1')
    if (ends < 0 || ends > end) break
    const head = bytes.toString('latin1', at, ends)
    const start = ends + HEAD_END.length
    const stop = start + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (stop > end) break
    at = stop
    const status = head.slice('HTTP/1.1 '.length, head.indexOf('\r'))
    each(status.startsWith('200') ? '' : `${status} ${bytes.toString('latin1', start, stop)}`, start, stop, kept(head))
  }
  return at
}

/** Where a server does not say, for ever. */
const kept = (head: string) => Number(/keep-alive: timeout=(\d+)/i.exec(head)?.[1] ?? Number.POSITIVE_INFINITY) * 1_000
