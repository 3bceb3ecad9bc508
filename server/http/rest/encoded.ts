import { FaultError } from '../../domain/fault-error.ts'

export type Fields = Record<string, unknown>

/** Rejects duplicate names. The result has no prototype, so that names such as `__proto__` are plain fields. */
export function collectFields(pairs: Iterable<[string, unknown]>): Fields {
  const fields: Fields = Object.create(null)
  for (const [name, value] of pairs) {
    if (Object.hasOwn(fields, name)) throw new FaultError('bad_input', `${name.slice(0, 40)}: must be given only once.`)
    fields[name] = value
  }
  return fields
}

/** Parses a query string or a URL-encoded body (URL Standard, section 5). Throws `bad_input` for invalid percent-encoding. */
export function parseEncoded(encoded: string): Fields {
  try {
    decodeURIComponent(encoded)
  } catch {
    throw new FaultError('bad_input', 'Invalid percent-encoding; encode a literal % as %25, and text as UTF-8.')
  }
  return collectFields(new URLSearchParams(encoded))
}
