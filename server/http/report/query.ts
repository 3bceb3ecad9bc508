import type { Request } from 'express'
import { z } from 'zod'
import { FaultError } from '../../domain/fault-error.ts'
import { formatZodError } from '../../domain/format-zod-error.ts'
import { EVENTS_KEPT, KINDS } from '../../domain/journal.ts'
import { rangeNames } from './time-ranges.ts'

/** Treats an empty value as absent: browsers submit the empty fields of a form. */
const emptyAsAbsent = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema)
const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max)

const ReportQuery = z.object({ range: emptyAsAbsent(z.enum(rangeNames).default('15m')) })

const LogsAsked = z.object({
  kind: emptyAsAbsent(z.enum(KINDS).optional()),
  node: emptyAsAbsent(
    z
      .string()
      .regex(/^[a-z0-9]{1,16}$/)
      .optional(),
  ),
  limit: emptyAsAbsent(integer(1, EVENTS_KEPT).default(100)),
  after: emptyAsAbsent(integer(0, Number.MAX_SAFE_INTEGER).optional()),
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
