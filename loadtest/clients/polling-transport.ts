import { gunzipSync } from 'node:zlib'
import { type ClientTransport, Stream, type TransportOptions } from './transport.ts'

const LINE_END = '\r\n'
const HEAD_END = `${LINE_END}${LINE_END}`
/** Engine.IO's separator between the packets of one payload. */
const SEPARATOR = 0x1e
/** Stop using a kept-alive connection this long before the server closes it, as announced in its Keep-Alive header. */
const MARGIN_MS = 1_000

/**
 * Hand-written Engine.IO long-polling: one keep-alive connection always has a pending poll, another carries the posts.
 */
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
      read: (bytes, end) => answers(bytes, end, (answer) => this.#onPollResponse(answer)),
      closed: (why) => this.#onClose(why),
    })
  }

  /** Session id; empty before the handshake. */
  get sid(): string {
    return this.#sid
  }

  send(text: string): void {
    this.#waiting.push(text)
    if (!this.#posting) this.#post()
  }

  /** Whether a POST is in flight or queued. */
  get posting(): boolean {
    return this.#posting || this.#waiting.length > 0
  }

  /** Stops polling; calls `then` once the pending poll has been answered and all packets have been acknowledged. */
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

  #onPollResponse({ refusal, bytes, start, stop }: Answer): void {
    this.#polling = false
    if (refusal) {
      this.#onClose(`a poll was answered with ${refusal}`)
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
      closed: (why) => {
        if (this.#posts !== posts) return
        if (this.#posting) this.#onClose(why)
        // The server closed the idle connection.
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
    if (refusal) this.#onClose(`a post was answered with ${refusal}`)
    else if (this.#waiting.length > 0) this.#post()
    else this.#rest()
  }

  #onClose(why: string): void {
    if (this.#closed) return
    this.#closed = true
    this.close()
    this.options.closed(why)
  }
}

interface Answer {
  /** Status and body, empty if the status is 200. */
  refusal: string
  /** Buffer that contains the body, from `start` to `stop`. */
  bytes: Buffer
  start: number
  stop: number
  /** Keep-alive timeout of the connection, milliseconds. */
  keptMs: number
}

/** Calls `each` for every complete response; returns the offset of the first byte after the last one. */
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
    // Servers compress only for clients that accept it, such as browsers.
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

/** Decodes a chunked body (RFC 9112, section 7.1); undefined while it is incomplete. */
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

/** Infinity if the server does not announce a timeout. */
const kept = (head: string) => Number(/keep-alive: timeout=(\d+)/i.exec(head)?.[1] ?? Number.POSITIVE_INFINITY) * 1_000
