import { FRAME_MAX_BYTES } from '../../protocol/limits.ts'
import { HANDSHAKE, RawConnection } from './raw.ts'

const PATH = `${HANDSHAKE}polling`

/** A Socket.IO session by long-polling, as bytes: one connection for the requests that ask, another for those that tell. */
export class PollingSession {
  received = ''

  private constructor(
    readonly polls: RawConnection,
    readonly posts: RawConnection,
    readonly sid: string,
  ) {}

  /** Without a token: before CONNECT. */
  static async open(port: number, token?: string): Promise<PollingSession> {
    const [asking, telling] = await Promise.all([RawConnection.open(port), RawConnection.open(port)])
    asking.write(get(PATH))
    const [, sid = ''] = /"sid":"([^"]+)"/.exec(await asking.nextResponse()) ?? []
    const session = new PollingSession(asking, telling, sid)
    if (token === undefined) return session
    await session.send(`40${JSON.stringify({ token })}`)
    await session.waitFor('42["session"')
    return session
  }

  get path(): string {
    return `${PATH}&sid=${this.sid}`
  }

  /** Packets in as few payloads as the limit allows, binary ones in base64; so many answers must come. */
  async send(...packets: (string | Buffer)[]): Promise<void> {
    let payload = ''
    for (const packet of packets) {
      const text = typeof packet === 'string' ? packet : `b${packet.toString('base64')}`
      if (payload && Buffer.byteLength(payload) + Buffer.byteLength(text) >= FRAME_MAX_BYTES) {
        await this.post(payload)
        payload = ''
      }
      payload += payload ? `\x1e${text}` : text
    }
    await this.post(payload)
  }

  post(body: string): Promise<string> {
    this.posts.write(post(this.path, body))
    return this.posts.nextResponse()
  }

  poll(): Promise<string> {
    this.polls.write(get(this.path))
    return this.polls.nextResponse()
  }

  /** Polls until that was heard so many times. */
  async waitFor(what: string | RegExp, times = 1): Promise<void> {
    const all = new RegExp(typeof what === 'string' ? what.replaceAll('[', '\\[') : what, 'g')
    while ((this.received.match(all)?.length ?? 0) < times) {
      const answer = await this.poll()
      this.received += answer
      if (!answer.startsWith('HTTP/1.1 200')) {
        throw new Error(`the session ended before ${what} was heard: ${this.received.slice(-500)}`)
      }
    }
  }

  /** Ends the session, whether or not it is over already: at once, since a poll waits for it. */
  async close(): Promise<void> {
    this.polls.write(get(this.path))
    await Promise.all([this.post('1'), this.polls.nextResponse()])
    await Promise.all([this.polls.finish(), this.posts.finish()])
  }
}

export const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`
export const post = (path: string, body: string, headers = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
