import { FaultError } from '../../domain/fault-error.ts'

export type Fields = Record<string, unknown>

/** Each field at most once; without a prototype, so that no name means anything else. */
export function collectFields(pairs: Iterable<[string, unknown]>): Fields {
  const fields: Fields = Object.create(null)
  for (const [name, value] of pairs) {
    if (Object.hasOwn(fields, name)) throw new FaultError('bad_input', `${name.slice(0, 40)}: is given more than once.`)
    fields[name] = value
  }
  return fields
}

/** What a query string, or a form, holds. URL Standard, section 5. */
export function parseEncoded(encoded: string): Fields {
  try {
    decodeURIComponent(encoded)
  } catch {
    throw new FaultError('bad_input', 'A % is not followed by what it should encode, in UTF-8. Encode it as %25.')
  }
  return collectFields(new URLSearchParams(encoded))
}
