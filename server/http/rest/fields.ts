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

/** The fields of requests, each with what the document says of it. */

type Issue = { input?: unknown }
/** What to say of a field that is missing, or wrong. */
const fieldError = (be: string) => ({
  error: ({ input }: Issue) => (input === undefined ? `is missing; it ${be}` : be),
})

/** A form, and a query, hold nothing but texts. */
const wholeNumber = (given: unknown) => (typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given)

const ID_ERROR = fieldError(`must be a text of 1–${NAME_MAX_CHARS} characters, or a whole number`)
const Id = z
  .union([z.string(ID_ERROR).meta({ minLength: 1, maxLength: NAME_MAX_CHARS }), z.int(ID_ERROR)], ID_ERROR)
  // Here, and not behind the transformation, where an example would be one of what comes out.
  .meta({ examples: ['ada'] })
  .transform(String)
  .pipe(UserName)

export const SenderId = Id.meta({
  description:
    'Who speaks, in your own words: a guest of this door, who is called by it. With a token: your id or your name, as it says.',
})

export const UserOrSenderId = Id.meta({
  description: 'A senderId of yours, or the id of anybody who is here by another door.',
})

export const RoomId = RoomName.default(LOBBY).meta({
  description: `A room’s name: ${'a–z, 0–9, colon, underscore and hyphen'}.`,
  default: LOBBY,
  examples: [LOBBY],
})

export const MessageText = z
  .string(fieldError(`must be a text of 1–${TEXT_MAX_CHARS} characters`))
  .pipe(Text)
  .meta({ description: 'What is said.', minLength: 1, maxLength: TEXT_MAX_CHARS, examples: ['Hello, everybody!'] })

const TIME_ERROR = fieldError(
  'must be a time: ISO 8601 such as 2026-01-31T12:00:00Z, or Unix time in seconds or milliseconds',
)
const Time = z.union([z.string(TIME_ERROR), z.number(TIME_ERROR)], TIME_ERROR).transform((given, { addIssue }) => {
  const time = parseTime(given)
  if (time !== undefined) return time
  addIssue({ code: 'custom', message: TIME_ERROR.error({ input: given }) })
  return z.NEVER
})
const TIME_FORMAT = 'ISO 8601, or Unix time in seconds or milliseconds; without a zone, in UTC.'

export const Timestamp = Time.transform(Math.round)
  .optional()
  .meta({
    description: `When it was written, by your clock; kept as sentAt. ${TIME_FORMAT}`,
    examples: ['2026-01-31T12:00:00.000Z', 1769860800],
  })

export const Since = Time.optional().meta({
  description: `Messages after this moment, the oldest first: after it by the store’s clock, as \`timestamp\` in an answer tells it. ${TIME_FORMAT} Of several messages in one millisecond, those that came after you asked are taken for seen: where each one counts, go on with \`after\`.`,
  examples: ['2026-01-31T12:00:00.000Z', '1769860800'],
})

export const After = z
  .preprocess(wholeNumber, z.int('must be a whole number').min(0, 'must be 0 or more'))
  .optional()
  .meta({ description: 'Messages after this seq, the oldest first: `next` of the answer before.', examples: [0] })

export const Limit = z
  .preprocess(
    wholeNumber,
    z
      .int('must be a whole number')
      .min(1, 'must be 1 or more')
      .max(HISTORY_MAX_MESSAGES, `must be at most ${HISTORY_MAX_MESSAGES}`),
  )
  .default(HISTORY_DEFAULT_MESSAGES)
  .meta({ description: 'How many messages at most.', default: HISTORY_DEFAULT_MESSAGES, examples: [100] })

export const IdempotencyKey = ClientId.optional().meta({
  description:
    'Chosen by you, once for each thing to be said: sent again with the same one, it is said once, and answered as it was at first. The header Idempotency-Key is the same.',
  examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'],
})
