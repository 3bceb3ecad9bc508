import { z } from 'zod'
import { Fault, type FaultCode, faults } from '../../../protocol/faults.ts'
import { FORM_TYPE, JSON_TYPE, MULTIPART_TYPE } from './body.ts'
import type { Endpoint, RestDeps } from './endpoint.ts'
import { endpoints } from './endpoints.ts'

export type Schema = {
  type?: string | string[]
  description?: string
  examples?: unknown[]
  default?: unknown
  properties?: Record<string, Schema>
  required?: string[]
  anyOf?: Schema[]
  enum?: unknown[]
  $ref?: string
  items?: Schema
  [keyword: string]: unknown
}
export interface Parameter {
  name: string
  in: 'query' | 'header'
  required: boolean
  description: string
  schema: Schema
}
export interface Operation {
  operationId: string
  summary: string
  description: string
  parameters: Parameter[]
  requestBody?: { required: true; content: Record<string, { schema: Schema }> }
  responses: Record<string, { description: string; headers?: object; content: Record<string, { schema: Schema }> }>
  security: object[]
}
export type OpenApi = ReturnType<typeof openApi>

/** What any address may answer. */
const COMMON_FAULTS: readonly FaultCode[] = [
  ...(['bad_input', 'unauthorized', 'token_expired', 'forbidden_origin', 'method_not_allowed'] as const),
  ...(['rate_limited', 'unavailable'] as const),
]

const statusDescriptions: Record<number, string> = {
  400: 'Something is missing, wrong, or unknown here; the message names it.',
  401: 'A token is needed, or this one is not good, or no longer.',
  403: 'Not for you: the code says why.',
  405: 'This address takes another method.',
  409: 'This clientId was sent with another message.',
  413: 'The body is too large; 100 kB is the most.',
  415: 'The body is in a form that is not known here.',
  429: 'Too much at once.',
  503: 'The store does not answer, or no node is ready. The same request may succeed soon.',
}

/** OpenAPI 3.1: its schemas are those that validate, as JSON Schema 2020-12. */
export function openApi({ restSenders }: Pick<RestDeps, 'restSenders'>) {
  const token = { bearer: [] }
  const security = restSenders === 'token' ? [token] : [{}, token]
  const schemas: Record<string, Schema> = { Fault: jsonSchema(FaultResponse, 'output') }
  const operations = endpoints.map((it) => [it.path, { [it.method]: operation(it, security, schemas) }] as const)
  return {
    openapi: '3.1.1',
    info: {
      title: 'Hubbub by REST',
      version: '1',
      description:
        'Say something, read what was said, say who is here, and ask: by plain HTTP. Whatever is said by REST is heard on every socket, and the other way round; any node answers. Whoever wants to hear at once uses a socket instead.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security,
    paths: Object.fromEntries(operations) as Record<string, Partial<Record<'get' | 'post', Operation>>>,
    components: {
      schemas,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Of a user: `POST /auth/guest {"name": "Ada"}` answers with one.',
        },
      },
    },
  }
}

const FaultResponse = z.object({ ok: z.literal(false), fault: Fault })

function operation(it: Endpoint, security: object[], schemas: Record<string, Schema>): Operation {
  const { path, title, description, method, input, headers = {} } = it
  const schema = jsonSchema(input, 'input')
  const fields = Object.entries(schema.properties ?? {})
  const parameter = (name: string, where: Parameter['in'], field: Schema): Parameter => {
    const { description: text = '', ...rest } = field
    return {
      name,
      in: where,
      required: where === 'query' && !!schema.required?.includes(name),
      description: text,
      schema: rest,
    }
  }
  const named = fields.flatMap(([name, field]) => (headers[name] ? [parameter(headers[name], 'header', field)] : []))
  const asked = method === 'get' ? fields.map(([name, field]) => parameter(name, 'query', field)) : []
  const content = Object.fromEntries([JSON_TYPE, FORM_TYPE, MULTIPART_TYPE].map((type) => [type, { schema }]))
  return {
    operationId: path.slice(1),
    summary: title,
    description,
    parameters: [...asked, ...named],
    ...(method === 'post' && { requestBody: { required: true as const, content } }),
    responses: responses(it, schemas),
    security,
  }
}

function responses({ value, status, faults: own }: Endpoint, schemas: Record<string, Schema>): Operation['responses'] {
  const good = jsonSchema(z.object({ ok: z.literal(true), value }), 'output', schemas)
  const answers: Operation['responses'] = {
    [status]: { description: status === 201 ? 'Stored.' : 'The answer.', content: { [JSON_TYPE]: { schema: good } } },
  }
  for (const code of [...COMMON_FAULTS, ...own]) {
    const { status: refused } = faults[code]
    const codes = [...COMMON_FAULTS, ...own].filter((other) => faults[other].status === refused)
    answers[refused] = {
      description: `${statusDescriptions[refused]} (${codes.join(', ')})`,
      ...responseHeaders(refused),
      content: { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/Fault' } } },
    }
  }
  return answers
}

function responseHeaders(status: number): { headers?: object } {
  const header = (name: string, description: string) => ({
    headers: { [name]: { description, schema: { type: 'string' } } },
  })
  if (status === 429 || status === 503) return header('Retry-After', 'In whole seconds.')
  if (status === 401) return header('WWW-Authenticate', 'RFC 6750.')
  if (status === 405) return header('Allow', 'The methods that it takes.')
  return {}
}

/** A schema for the document: what has a name of its own goes to `named`, where all that use it point to. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', named: Record<string, Schema> = {}): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' })
  const pointing = JSON.stringify(rest).replaceAll('"#/$defs/', '"#/components/schemas/')
  const { $defs = {}, ...ours } = JSON.parse(pointing) as Schema & { $defs?: Record<string, Schema> }
  for (const [name, { id: __, ...own }] of Object.entries($defs)) named[name] = own
  return ours
}
