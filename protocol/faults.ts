import { z } from 'zod'

/** All fault codes, with the HTTP status and whether the same request may succeed later. */
export const faults = {
  bad_input: { status: 400, retryable: false },
  unknown_command: { status: 404, retryable: false },
  unauthorized: { status: 401, retryable: false },
  token_expired: { status: 401, retryable: false },
  sender_mismatch: { status: 403, retryable: false },
  forbidden_origin: { status: 403, retryable: false },
  not_in_room: { status: 403, retryable: false },
  not_admitted: { status: 403, retryable: false },
  reserved_room: { status: 403, retryable: false },
  not_author: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  no_such_entry: { status: 404, retryable: false },
  no_such_user: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  client_id_used: { status: 409, retryable: false },
  deleted: { status: 410, retryable: false },
  stale_epoch: { status: 409, retryable: false },
  too_large: { status: 413, retryable: false },
  unsupported_type: { status: 415, retryable: false },
  too_many: { status: 429, retryable: false },
  too_many_connections: { status: 429, retryable: true },
  rate_limited: { status: 429, retryable: true },
  unavailable: { status: 503, retryable: true },
} as const satisfies Record<string, { status: number; retryable: boolean }>

export type FaultCode = keyof typeof faults
const codes = Object.keys(faults) as [FaultCode, ...FaultCode[]]

export const Fault = z.object({
  code: z.enum(codes),
  /** One sentence: what is wrong, and what to do next. */
  message: z.string(),
  retryable: z.boolean(),
  retryInMs: z.number().optional(),
})
export type Fault = z.infer<typeof Fault>

export type Answer<Value> = { ok: true; value: Value } | { ok: false; fault: Fault }
