import type { IncomingMessage } from 'node:http'
import { FaultError } from '../../domain/fault-error.ts'
import { collectFields, type Fields, parseEncoded } from './encoded.ts'

export const JSON_TYPE = 'application/json'
export const FORM_TYPE = 'application/x-www-form-urlencoded'
export const MULTIPART_TYPE = 'multipart/form-data'

/**
 * Parses a JSON, URL-encoded or multipart body, by its Content-Type; an empty body is `{}`. A JSON body may be any value:
 * the endpoint's schema validates it. Throws `unsupported_type` and `bad_input`.
 */
export async function parseBody(body: Buffer | undefined, { headers }: IncomingMessage): Promise<unknown> {
  if (body === undefined || body.length === 0) return {}
  const contentType = headers['content-type'] ?? ''
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length)
  if (charset !== undefined && !/^"?(utf-?8|us-ascii)"?$/.test(charset)) {
    throw new FaultError('unsupported_type', `Unsupported charset ${charset.slice(0, 40)}; send UTF-8.`)
  }
  if (type === JSON_TYPE) return parseJson(body)
  if (type === FORM_TYPE) return parseEncoded(decodeUtf8(body))
  if (type === MULTIPART_TYPE) return parseMultipart(body, contentType)
  throw new FaultError('unsupported_type', `Content-Type must be ${JSON_TYPE}, ${FORM_TYPE} or ${MULTIPART_TYPE}.`)
}

function parseJson(body: Buffer): unknown {
  const text = decodeUtf8(body)
  try {
    return JSON.parse(text)
  } catch {
    throw new FaultError('bad_input', 'Request body is not valid JSON; send one object.')
  }
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new FaultError('bad_input', 'Request body is not valid UTF-8.')
  }
}

/** RFC 7578, parsed by Node's fetch implementation. */
async function parseMultipart(body: Buffer, contentType: string): Promise<Fields> {
  const parsing = new Response(new Uint8Array(body), { headers: { 'Content-Type': contentType } }).formData()
  const formData = await parsing.catch(() => {
    throw new FaultError('bad_input', 'Request body is not valid multipart/form-data.')
  })
  return collectFields(formData.entries())
}
