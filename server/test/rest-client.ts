import { setTimeout as delay } from 'node:timers/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { Fault } from '../../protocol/faults.ts'
import type { Message } from '../http/rest/message.ts'
import type { OpenApi } from '../http/rest/openapi.ts'

export interface RestResponse {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests assert its shape
  value: any
  fault?: Fault
}

export interface Page {
  messages: Message[]
  more: boolean
  next: number
  truncated: boolean
}

/** A client that validates every response against the OpenAPI document. */
export class RestClient {
  /** Responses received so far, such as `post /sendMessage 201`. */
  readonly answered = new Set<string>()
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true })

  private constructor(
    readonly urls: string[],
    readonly document: OpenApi,
  ) {
    ;(formats as unknown as (ajv: Ajv2020) => void)(this.#ajv)
    this.#ajv.addSchema({ $id: 'https://document.test/', ...document })
  }

  /** Sends requests to the URLs in turn. */
  static async at(...urls: string[]): Promise<RestClient> {
    return new RestClient(urls, await (await fetch(`${urls[0]}/api/openapi.json`)).json())
  }

  async request(path: string, init: RequestInit = {}, url = this.#next()): Promise<RestResponse> {
    // One connection per request: the load balancer may close an idle one just as it is reused, and a POST is not retried.
    const headers = new Headers(init.headers)
    headers.set('Connection', 'close')
    const response = await fetch(url + path, { ...init, headers })
    const text = await response.text()
    const body = JSON.parse(text)
    const endpoint = path.split('?')[0]!
    const method = Object.keys(this.document.paths[endpoint] ?? {})[0] ?? 'get'
    this.#check(endpoint, method, response.status, body, text)
    return { status: response.status, headers: response.headers, text, value: body.value, fault: body.fault }
  }

  /**
   * The same as `postJson`, repeated as long as the answer is `unavailable`, as the fault asks. A busy machine refuses what it
   * cannot store in time.
   */
  async postJsonOnceAvailable(path: string, body: unknown): Promise<RestResponse> {
    for (;;) {
      const answer = await this.postJson(path, body)
      if (answer.fault?.code !== 'unavailable') return answer
      await delay(answer.fault.retryInMs ?? 500)
    }
  }

  postJson(path: string, body: unknown, headers: Record<string, string> = {}, url?: string): Promise<RestResponse> {
    const init = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    }
    return this.request(path, init, url)
  }

  getMessages(
    query: Record<string, string | number> = {},
    headers: Record<string, string> = {},
    url?: string,
  ): Promise<RestResponse> {
    return this.request(
      `/getMessages?${new URLSearchParams(Object.entries(query).map(([k, v]) => [k, `${v}`]))}`,
      { headers },
      url,
    )
  }

  async getStatus(userId: string, roomId = 'lobby', url?: string): Promise<string> {
    const { value, text } = await this.request(`/getStatus?${new URLSearchParams({ userId, roomId })}`, {}, url)
    if (!value) throw new Error(text)
    return value.status
  }

  #nextUrl = 0
  #next(): string {
    return this.urls[this.#nextUrl++ % this.urls.length]!
  }

  #check(endpoint: string, method: string, status: number, body: unknown, text: string): void {
    const at = ['paths', endpoint, method, 'responses', `${status}`, 'content', 'application/json', 'schema']
    const pointer = at.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')
    const validate = this.#ajv.getSchema(`https://document.test/#/${pointer}`)
    if (!validate) throw new Error(`${method} ${endpoint} is not documented to return ${status}: ${text.slice(0, 300)}`)
    if (!validate(body)) {
      throw new Error(
        `${method} ${endpoint} ${status}: ${this.#ajv.errorsText(validate.errors)} in ${text.slice(0, 500)}`,
      )
    }
    this.answered.add(`${method} ${endpoint} ${status}`)
  }
}
