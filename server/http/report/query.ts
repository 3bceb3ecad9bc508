import type { Request } from 'express'
import { z } from 'zod'
import { FaultError } from '../../domain/fault-error.ts'
import { formatZodError } from '../../domain/format-zod-error.ts'
import { EVENTS_KEPT, KINDS } from '../../domain/journal.ts'
import { rangeNames } from './time-ranges.ts'

/** A form that is sent as it stands has empty fields. */
const chosen = <T extends z.ZodType>(schema: T) => z.preprocess((given) => (given === '' ? undefined : given), schema)
const number = (min: number, max: number) => z.coerce.number().int().min(min).max(max)

const ReportQuery = z.object({ range: chosen(z.enum(rangeNames).default('15m')) })

const LogsAsked = z.object({
  kind: chosen(z.enum(KINDS).optional()),
  node: chosen(
    z
      .string()
      .regex(/^[a-z0-9]{1,16}$/)
      .optional(),
  ),
  limit: chosen(number(1, EVENTS_KEPT).default(100)),
  after: chosen(number(0, Number.MAX_SAFE_INTEGER).optional()),
})
export type LogsQuery = z.output<typeof LogsAsked>

export const parseReportQuery = (query: URLSearchParams) => validated(ReportQuery, query)
export const parseLogsQuery = (query: URLSearchParams) => validated(LogsAsked, query)

function validated<T extends z.ZodType>(schema: T, query: URLSearchParams): z.output<T> {
  const { success, data, error } = schema.safeParse(Object.fromEntries(query))
  if (!success) throw new FaultError('bad_input', formatZodError(error))
  return data
}

export const queryParams = ({ originalUrl }: Request): URLSearchParams => {
  const at = originalUrl.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : originalUrl.slice(at))
}
