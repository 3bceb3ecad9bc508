import { FRAME_MAX_BYTES } from '../../protocol/limits.ts'
import { HANDSHAKE, RawConnection } from './raw.ts'

const PATH = `${HANDSHAKE}polling`

/** A raw Socket.IO session by long-polling: one connection for polls (GET), one for posts (POST). */
export class PollingSession {
  received = ''

  private constructor(
    readonly polls: RawConnection,
    readonly posts: RawConnection,
    readonly sid: string,
  ) {}

  /** Opens a session; with a token, also sends CONNECT. */
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

  /** Posts packets in as few payloads as the size limit allows, binary ones in base64; resolves when all posts are answered. */
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

  /** Polls until the pattern has occurred `times` times. */
  async waitFor(expected: string | RegExp, times = 1): Promise<void> {
    const all = new RegExp(typeof expected === 'string' ? expected.replaceAll('[', '\\[') : expected, 'g')
    while ((this.received.match(all)?.length ?? 0) < times) {
      const answer = await this.poll()
      this.received += answer
      if (!answer.startsWith('HTTP/1.1 200')) {
        throw new Error(`the session ended before ${expected} was received: ${this.received.slice(-500)}`)
      }
    }
  }

  /** Closes the session, even if it has ended already. A pending poll makes the node answer at once. */
  async close(): Promise<void> {
    this.polls.write(get(this.path))
    await Promise.all([this.post('1'), this.polls.nextResponse()])
    await Promise.all([this.polls.finish(), this.posts.finish()])
  }
}

export const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`
export const post = (path: string, body: string, headers = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
