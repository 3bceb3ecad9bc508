import type { IncomingMessage } from 'node:http'
import { FaultError } from '../../domain/fault-error.ts'
import { collectFields, type Fields, parseEncoded } from './encoded.ts'

export const JSON_TYPE = 'application/json'
export const FORM_TYPE = 'application/x-www-form-urlencoded'
export const MULTIPART_TYPE = 'multipart/form-data'

/** The fields of a body, in whichever of the three forms it came; JSON may hold anything, which its schema will tell. */
export async function parseBody(body: Buffer | undefined, { headers }: IncomingMessage): Promise<unknown> {
  if (body === undefined || body.length === 0) return {}
  const given = headers['content-type'] ?? ''
  const [type, ...parameters] = given.split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length)
  if (charset !== undefined && !/^"?(utf-?8|us-ascii)"?$/.test(charset)) {
    throw new FaultError('unsupported_type', `The charset ${charset.slice(0, 40)} is not known here; send UTF-8.`)
  }
  if (type === JSON_TYPE) return parseJson(body)
  if (type === FORM_TYPE) return parseEncoded(decodeUtf8(body))
  if (type === MULTIPART_TYPE) return parseMultipart(body, given)
  throw new FaultError('unsupported_type', `Say Content-Type: ${JSON_TYPE}, ${FORM_TYPE} or ${MULTIPART_TYPE}.`)
}

function parseJson(body: Buffer): unknown {
  const text = decodeUtf8(body)
  try {
    return JSON.parse(text)
  } catch {
    throw new FaultError('bad_input', 'The body is no JSON: send one well-formed object.')
  }
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new FaultError('bad_input', 'The body is not in UTF-8; encode it so.')
  }
}

/** RFC 7578, as Node's own fetch reads it. */
async function parseMultipart(body: Buffer, type: string): Promise<Fields> {
  const read = new Response(new Uint8Array(body), { headers: { 'Content-Type': type } }).formData()
  const form = await read.catch(() => {
    throw new FaultError('bad_input', 'The body is no well-formed multipart/form-data.')
  })
  return collectFields(form.entries())
}
