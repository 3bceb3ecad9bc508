import { z } from 'zod'
import { ClientId } from '../../../protocol/entry.ts'
import {
  HISTORY_DEFAULT_MESSAGES,
  HISTORY_MAX_MESSAGES,
  NAME_MAX_CHARS,
  TEXT_MAX_CHARS,
} from '../../../protocol/limits.ts'
import { UserName } from '../../../protocol/people.ts'
import { LOBBY, RoomName } from '../../../protocol/room.ts'
import { Text } from '../../../protocol/text.ts'
import { parseTime } from './time.ts'

/** The request fields, with their descriptions for the OpenAPI document. */

type Issue = { input?: unknown }
/** The error of a field that is missing or invalid; `rule` reads "must be …". */
const fieldError = (rule: string) => ({
  error: ({ input }: Issue) => (input === undefined ? `is missing; it ${rule}` : rule),
})

/** Forms and query strings contain strings only. */
const wholeNumber = (value: unknown) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value)

const ID_ERROR = fieldError(`must be a string of 1–${NAME_MAX_CHARS} characters, or an integer`)
const Id = z
  .union([z.string(ID_ERROR).meta({ minLength: 1, maxLength: NAME_MAX_CHARS }), z.int(ID_ERROR)], ID_ERROR)
  // Before the transformation: after it, the example would describe the output.
  .meta({ examples: ['ada'] })
  .transform(String)
  .pipe(UserName)

export const SenderId = Id.meta({
  description:
    'Sender name. Without a token, messages are posted as a guest with this name. With a token, it must be the id or the name of the token’s user.',
})

export const UserOrSenderId = Id.meta({
  description: 'A senderId, or the id of a user who is connected by another protocol.',
})

export const RoomId = RoomName.default(LOBBY).meta({
  description: 'Room name: a–z, 0–9, colon, underscore and hyphen.',
  default: LOBBY,
  examples: [LOBBY],
})

export const MessageText = z
  .string(fieldError(`must be a string of 1–${TEXT_MAX_CHARS} characters`))
  .pipe(Text)
  .meta({ description: 'Message text.', minLength: 1, maxLength: TEXT_MAX_CHARS, examples: ['Hello, everyone!'] })

const TIME_ERROR = fieldError(
  'must be a time: ISO 8601 such as 2026-01-31T12:00:00Z, or Unix time in seconds or milliseconds',
)
const Time = z.union([z.string(TIME_ERROR), z.number(TIME_ERROR)], TIME_ERROR).transform((value, { addIssue }) => {
  const time = parseTime(value)
  if (time !== undefined) return time
  addIssue({ code: 'custom', message: TIME_ERROR.error({ input: value }) })
  return z.NEVER
})
const TIME_FORMAT = 'ISO 8601, or Unix time in seconds or milliseconds; UTC if it has no time zone.'

export const Timestamp = Time.transform(Math.round)
  .optional()
  .meta({
    description: `When the message was written, by the sender’s clock; returned as \`sentAt\`. ${TIME_FORMAT}`,
    examples: ['2026-01-31T12:00:00.000Z', 1769860800],
  })

export const Since = Time.optional().meta({
  description: `Messages stored after this time, oldest first. It is compared with \`timestamp\`, the store’s clock. ${TIME_FORMAT} If several messages share a millisecond, those stored after your request may be skipped; to receive every message, continue with \`after\`.`,
  examples: ['2026-01-31T12:00:00.000Z', '1769860800'],
})

export const After = z
  .preprocess(wholeNumber, z.int('must be an integer').min(0, 'must be 0 or more'))
  .optional()
  .meta({
    description: 'Messages after this sequence number, oldest first: `next` of the previous response.',
    examples: [0],
  })

const LIMIT_RULE = `must be an integer from 1 to ${HISTORY_MAX_MESSAGES}`
export const Limit = z
  .preprocess(wholeNumber, z.int(LIMIT_RULE).min(1, LIMIT_RULE).max(HISTORY_MAX_MESSAGES, LIMIT_RULE))
  .default(HISTORY_DEFAULT_MESSAGES)
  .meta({ description: 'Maximum number of messages.', default: HISTORY_DEFAULT_MESSAGES, examples: [100] })

export const IdempotencyKey = ClientId.optional().meta({
  description:
    'Unique id of the message, chosen by the client. A retry with the same id does not post the message again and returns the first response. The Idempotency-Key header is equivalent.',
  examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'],
})
