import type { Script } from '../connection.ts'
import { entries } from './shared.ts'

/** What a list shows of a room: {epoch, head, messages ever, people, the newest message}. */
export const summary: Script = {
  name: 'hubbubSummary',
  keys: 3,
  lua: `
${entries}
local row = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'messages', 'last')
local last = row[4] and redis.call('HGET', KEYS[2], row[4])
local maxAge = tonumber(ARGV[1])
if last and maxAge > 0 and atOf(last) < now() - maxAge then last = nil end
local _, json = opened(last or '0 ')
return {row[1] or '', tonumber(row[2] or 0), tonumber(row[3] or 0), redis.call('ZCARD', KEYS[3]), json}
`,
}

/**
 * Whether a seq can be read up to: {'ok', epoch, messages up to it}, or the code of the refusal. Of a trimmed one it is
 * the messages before the oldest entry that is left: what nobody can read any more is not unread.
 */
export const place: Script = {
  name: 'hubbubPlace',
  keys: 2,
  lua: `
${entries}
local row = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'messages')
local seq, expected = tonumber(ARGV[1]), ARGV[2]
if expected ~= '' and expected ~= row[1] then return {'stale_epoch'} end
local head = tonumber(row[2] or 0)
if not row[1] or seq > head then return {'no_such_entry'} end
local stored = redis.call('HGET', KEYS[2], seq)
if stored then
  local ordinal = opened(stored)
  return {'ok', row[1], ordinal}
end
-- What is left of a log is its newest part; where that begins is found by halving.
local low, high = seq + 1, head + 1
while low < high do
  local middle = math.floor((low + high) / 2)
  if redis.call('HEXISTS', KEYS[2], middle) == 1 then high = middle else low = middle + 1 end
end
stored = redis.call('HGET', KEYS[2], low)
if not stored then return {'ok', row[1], tonumber(row[3] or 0)} end
local ordinal = opened(stored)
return {'ok', row[1], isMessage(stored) and ordinal - 1 or ordinal}
`,
}

/** Moves what a user has read of a room forward, within one epoch; 0 when it was there already. */
export const moveForward: Script = {
  name: 'hubbubMoveForward',
  keys: 1,
  allowOom: true,
  lua: `
local room, epoch, seq, ordinal, rememberMs = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
redis.call('PEXPIRE', KEYS[1], rememberMs)
local before, at = string.match(redis.call('HGET', KEYS[1], room) or '', '^(%S+) (%d+) ')
if before == epoch and tonumber(at) >= seq then return 0 end
redis.call('HSET', KEYS[1], room, epoch .. ' ' .. seq .. ' ' .. ordinal)
redis.call('PEXPIRE', KEYS[1], rememberMs)
return 1
`,
}
