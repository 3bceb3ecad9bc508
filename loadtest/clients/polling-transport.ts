import { gunzipSync } from 'node:zlib'
import { type ClientTransport, Stream, type TransportOptions } from './transport.ts'

const LINE_END = '\r\n'
const HEAD_END = `${LINE_END}${LINE_END}`
/** Engine.IO puts this between the packets of one answer. */
const SEPARATOR = 0x1e
/** So long before a server closes a kept connection (its Keep-Alive header says when) nobody should use it any more. */
const MARGIN_MS = 1_000

/** Engine.IO's long-polling by hand: one kept connection on which a poll always waits, one for what is said. */
export class PollingTransport implements ClientTransport {
  readonly #polls: Stream
  #posts: Stream | undefined
  #path: string
  #sid = ''
  #waiting: string[] = []
  #posting = false
  #keptUntil = 0
  #closed = false
  #polling = false
  #paused: (() => void) | undefined

  constructor(
    path: string,
    private readonly options: TransportOptions,
  ) {
    this.#path = path + (options.browser?.query ?? '')
    this.#polls = new Stream(options, {
      open: () => this.#poll(),
      read: (bytes, end) => answers(bytes, end, (answer) => this.#heard(answer)),
      gone: (why) => this.#gone(why),
    })
  }

  /** The session's id, once there is one. */
  get sid(): string {
    return this.#sid
  }

  send(text: string): void {
    this.#waiting.push(text)
    if (!this.#posting) this.#post()
  }

  /** A request that tells something is on its way, or waits for its turn. */
  get posting(): boolean {
    return this.#posting || this.#waiting.length > 0
  }

  /** No further poll; `then`, once the one that waits is answered and all that was sent is heard. */
  pause(then: () => void): void {
    this.#paused = then
    this.#rest()
  }

  close(): void {
    this.#polls.close()
    this.#posts?.close()
  }

  #poll(): void {
    const { host, port, browser, traffic } = this.options
    if (traffic) traffic.polls++
    this.#polling = true
    this.#polls.write(`GET ${this.#path} HTTP/1.1\r\nHost: ${host}:${port}\r\n${browser?.poll ?? ''}\r\n`)
  }

  #heard({ refusal, bytes, start, stop }: Answer): void {
    this.#polling = false
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
    if (this.#paused) this.#rest()
    else this.#poll()
  }

  #rest(): void {
    if (!this.#polling && !this.#posting) this.#paused?.()
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
      read: (bytes, end) => answers(bytes, end, (answer) => this.#posted(answer)),
      gone: (why) => {
        if (this.#posts !== posts) return
        if (this.#posting) this.#gone(why)
        // Nothing was said for so long that the server let go of it.
        else this.#posts = undefined
      },
    })
    this.#posts = posts
  }

  #write(): void {
    const body = Buffer.from(this.#waiting.join(String.fromCharCode(SEPARATOR)))
    this.#waiting = []
    const { host, port, browser, traffic } = this.options
    if (traffic) traffic.posts++
    const head = `POST ${this.#path} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: text/plain;charset=UTF-8\r\n`
    const more = `Content-Length: ${body.length}\r\n${browser?.post ?? ''}\r\n`
    this.#posts?.write(Buffer.concat([Buffer.from(head + more), body]))
  }

  #posted({ refusal, keptMs }: Answer): void {
    this.#posting = false
    this.#keptUntil = performance.now() + keptMs - MARGIN_MS
    if (refusal) this.#gone(`a post was answered with ${refusal}`)
    else if (this.#waiting.length > 0) this.#post()
    else this.#rest()
  }

  #gone(why: string): void {
    if (this.#closed) return
    this.#closed = true
    this.close()
    this.options.gone(why)
  }
}

interface Answer {
  /** Its status and body, unless that is 200. */
  refusal: string
  /** Where its body lies. */
  bytes: Buffer
  start: number
  stop: number
  /** So long the connection is kept without another request. */
  keptMs: number
}

/** Hands over every whole answer, and returns where the first byte lies that is of none. */
function answers(bytes: Buffer, end: number, each: (answer: Answer) => void): number {
  let at = 0
  while (at < end) {
    const ends = bytes.indexOf(HEAD_END, at, 'latin1')
    if (ends < 0 || ends > end) break
    const head = bytes.toString('latin1', at, ends)
    const start = ends + HEAD_END.length
    const body = /transfer-encoding: chunked/i.test(head)
      ? chunked(bytes, start, end)
      : { bytes, start, stop: start + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) }
    if (!body) break
    const behind = 'behind' in body ? body.behind : body.stop
    if (behind > end) break
    at = behind
    // Only a client that says it can, such as a browser, is answered so.
    const plain = /content-encoding: gzip/i.test(head) ? unzipped(body) : body
    const status = head.slice('HTTP/1.1 '.length, head.indexOf('\r'))
    const refusal = status.startsWith('200')
      ? ''
      : `${status} ${plain.bytes.toString('latin1', plain.start, plain.stop)}`
    each({ ...plain, refusal, keptMs: kept(head) })
  }
  return at
}

type Body = Pick<Answer, 'bytes' | 'start' | 'stop'>

/** RFC 9112, section 7.1, put together; undefined while some of it is still to come. */
function chunked(bytes: Buffer, from: number, end: number): (Body & { behind: number }) | undefined {
  const chunks: Buffer[] = []
  for (let at = from; ; ) {
    const line = bytes.indexOf(LINE_END, at, 'latin1')
    if (line < 0 || line >= end) return undefined
    const length = Number.parseInt(bytes.toString('latin1', at, line), 16)
    const start = line + LINE_END.length
    at = start + length + LINE_END.length
    if (at > end) return undefined
    if (length === 0) {
      const whole = Buffer.concat(chunks)
      return { bytes: whole, start: 0, stop: whole.length, behind: at }
    }
    chunks.push(bytes.subarray(start, start + length))
  }
}

function unzipped({ bytes, start, stop }: Body): Body {
  const plain = gunzipSync(bytes.subarray(start, stop))
  return { bytes: plain, start: 0, stop: plain.length }
}

/** Where a server does not say, for ever. */
const kept = (head: string) => Number(/keep-alive: timeout=(\d+)/i.exec(head)?.[1] ?? Number.POSITIVE_INFINITY) * 1_000
