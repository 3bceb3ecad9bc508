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

/** Errors that every endpoint can return. */
const COMMON_FAULTS: readonly FaultCode[] = [
  ...(['bad_input', 'unauthorized', 'token_expired', 'forbidden_origin', 'method_not_allowed'] as const),
  ...(['rate_limited', 'unavailable'] as const),
]

const statusDescriptions: Record<number, string> = {
  400: 'A field is missing, invalid or unknown; the message names it.',
  401: 'A token is required, or the token is invalid or expired.',
  403: 'Access denied; the code says why.',
  405: 'The endpoint does not support this method.',
  409: 'This clientId was sent with another message.',
  413: 'The request body is too large; the limit is 100 kB.',
  415: 'Unsupported Content-Type, charset or Content-Encoding.',
  429: 'Rate limit exceeded; retry after the time in Retry-After.',
  503: 'The store does not respond, or no node is ready. Retrying the same request may succeed.',
}

/** The OpenAPI 3.1 document. Its schemas (JSON Schema 2020-12) are generated from the zod schemas that validate requests. */
export function openApi({ restSenders }: Pick<RestDeps, 'restSenders'>) {
  const token = { bearer: [] }
  const security = restSenders === 'token' ? [token] : [{}, token]
  const schemas: Record<string, Schema> = { Fault: jsonSchema(FaultResponse, 'output') }
  const operations = endpoints.map(
    (endpoint) => [endpoint.path, { [endpoint.method]: operation(endpoint, security, schemas) }] as const,
  )
  return {
    openapi: '3.1.1',
    info: {
      title: 'Hubbub REST API',
      version: '1',
      description:
        'Send messages, read history, set and query presence. Messages sent by REST reach every connected client, and the other way round; any node responsesByStatus. To receive messages in real time, connect a socket instead.',
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
          description: 'A user’s token, returned by `POST /auth/guest {"name": "Ada"}`.',
        },
      },
    },
  }
}

const FaultResponse = z.object({ ok: z.literal(false), fault: Fault })

function operation(endpoint: Endpoint, security: object[], schemas: Record<string, Schema>): Operation {
  const { path, title, description, method, input, headers = {} } = endpoint
  const schema = jsonSchema(input, 'input')
  const fields = Object.entries(schema.properties ?? {})
  const parameter = (name: string, location: Parameter['in'], field: Schema): Parameter => {
    const { description: text = '', ...rest } = field
    return {
      name,
      in: location,
      required: location === 'query' && !!schema.required?.includes(name),
      description: text,
      schema: rest,
    }
  }
  const headerParameters = fields.flatMap(([name, field]) =>
    headers[name] ? [parameter(headers[name], 'header', field)] : [],
  )
  const queryParameters = method === 'get' ? fields.map(([name, field]) => parameter(name, 'query', field)) : []
  const content = Object.fromEntries([JSON_TYPE, FORM_TYPE, MULTIPART_TYPE].map((type) => [type, { schema }]))
  return {
    operationId: path.slice(1),
    summary: title,
    description,
    parameters: [...queryParameters, ...headerParameters],
    ...(method === 'post' && { requestBody: { required: true as const, content } }),
    responses: responses(endpoint, schemas),
    security,
  }
}

function responses(
  { value, status, faults: endpointFaults }: Endpoint,
  schemas: Record<string, Schema>,
): Operation['responses'] {
  const success = jsonSchema(z.object({ ok: z.literal(true), value }), 'output', schemas)
  const responsesByStatus: Operation['responses'] = {
    [status]: { description: status === 201 ? 'Stored.' : 'Success.', content: { [JSON_TYPE]: { schema: success } } },
  }
  for (const code of [...COMMON_FAULTS, ...endpointFaults]) {
    const { status: errorStatus } = faults[code]
    const codes = [...COMMON_FAULTS, ...endpointFaults].filter((other) => faults[other].status === errorStatus)
    responsesByStatus[errorStatus] = {
      description: `${statusDescriptions[errorStatus]} (${codes.join(', ')})`,
      ...responseHeaders(errorStatus),
      content: { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/Fault' } } },
    }
  }
  return responsesByStatus
}

function responseHeaders(status: number): { headers?: object } {
  const header = (name: string, description: string) => ({
    headers: { [name]: { description, schema: { type: 'string' } } },
  })
  if (status === 429 || status === 503) return header('Retry-After', 'In seconds.')
  if (status === 401) return header('WWW-Authenticate', 'RFC 6750.')
  if (status === 405) return header('Allow', 'The supported methods.')
  return {}
}

/** Converts a zod schema to JSON Schema. Schemas with an id are added to `named` and referenced from there. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', named: Record<string, Schema> = {}): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' })
  const withReferences = JSON.stringify(rest).replaceAll('"#/$defs/', '"#/components/schemas/')
  const { $defs = {}, ...jsonSchema } = JSON.parse(withReferences) as Schema & { $defs?: Record<string, Schema> }
  for (const [name, { id: __, ...own }] of Object.entries($defs)) named[name] = own
  return jsonSchema
}
