import type { Script } from '../connection.ts'
import { entriesLua } from './shared.ts'

/** Maximum number of changed rooms kept. A reader that is further behind reads all rooms again. */
const CHANGES_KEPT = 10_000

/**
 * States of rooms for room lists. Keys: meta, log and ids of each room. Arguments: the maximum age of an entry in ms, then
 * for each room the version that the caller has cached, or ''. Returns for each room 0 if that version is current, else
 * {version, epoch, head, messages ever appended, users online, newest message}.
 */
export const states: Script = {
  name: 'hubbubStates',
  lua: `
${entriesLua}
local maxAge, found = tonumber(ARGV[1]), {}
local since = maxAge > 0 and now() - maxAge or 0
for i = 1, #KEYS / 3 do
  local meta, log, ids = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
  local row = redis.call('HMGET', meta, 'epoch', 'head', 'messages', 'last')
  local epoch, head, online = row[1] or '', tonumber(row[2] or 0), redis.call('ZCARD', ids)
  -- Without a maximum age the newest message changes only with the head.
  local last = maxAge > 0 and row[4] and redis.call('HGET', log, row[4])
  if last and atOf(last) < since then last = false end
  local version = epoch .. ' ' .. head .. ' ' .. online .. (last and ' 1' or '')
  if version == ARGV[i + 1] then
    found[i] = 0
  else
    if maxAge == 0 and row[4] then last = redis.call('HGET', log, row[4]) end
    local _, json = parseStored(last or '0 ')
    found[i] = {version, epoch, head, tonumber(row[3] or 0), online, json}
  end
end
return found
`,
}

/**
 * Records changed rooms: each gets a new number above all earlier ones. Keys: the changes, their counter. Arguments: a
 * random epoch for the counter if it does not exist, then the rooms.
 */
export const noteChanges: Script = {
  name: 'hubbubNoteChanges',
  allowOom: true,
  keys: 2,
  lua: `
local row = redis.call('HMGET', KEYS[2], 'epoch', 'number')
if not row[1] then redis.call('HSET', KEYS[2], 'epoch', ARGV[1]) end
local number = tonumber(row[2] or 0)
for i = 2, #ARGV do
  number = number + 1
  redis.call('ZADD', KEYS[1], string.format('%.0f', number), ARGV[i])
end
redis.call('HSET', KEYS[2], 'number', string.format('%.0f', number))
local over = redis.call('ZCARD', KEYS[1]) - ${CHANGES_KEPT}
if over > 0 then
  local newest = redis.call('ZRANGE', KEYS[1], over - 1, over - 1, 'WITHSCORES')
  redis.call('HSET', KEYS[2], 'forgotten', newest[2])
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, over - 1)
end
`,
}

/** Rooms changed after (epoch, number). Returns {epoch, newest number, 1 if the list is complete, rooms}. */
export const changesSince: Script = {
  name: 'hubbubChangesSince',
  keys: 2,
  lua: `
local row = redis.call('HMGET', KEYS[2], 'epoch', 'number', 'forgotten')
local epoch, number = row[1] or '', row[2] or '0'
local since = ARGV[1] == epoch and tonumber(ARGV[2])
if not since or since > tonumber(number) or since < tonumber(row[3] or 0) then return {epoch, number, 0, {}} end
return {epoch, number, 1, redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[2], '+inf')}
`,
}

/**
 * Checks a read position: returns {'ok', epoch, messages up to and including the seq}, or {fault code}. For a trimmed seq
 * it counts the messages before the oldest entry left, so that messages that can no longer be read are not unread.
 */
export const readPosition: Script = {
  name: 'hubbubPlace',
  keys: 2,
  lua: `
${entriesLua}
local row = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'messages')
local seq, expected = tonumber(ARGV[1]), ARGV[2]
if expected ~= '' and expected ~= row[1] then return {'stale_epoch'} end
local head = tonumber(row[2] or 0)
if not row[1] or seq > head then return {'no_such_entry'} end
local stored = redis.call('HGET', KEYS[2], seq)
if stored then
  local ordinal = parseStored(stored)
  return {'ok', row[1], ordinal}
end
-- Trimming leaves the newest entries; a binary search finds the oldest of them.
local low, high = seq + 1, head + 1
while low < high do
  local middle = math.floor((low + high) / 2)
  if redis.call('HEXISTS', KEYS[2], middle) == 1 then high = middle else low = middle + 1 end
end
stored = redis.call('HGET', KEYS[2], low)
if not stored then return {'ok', row[1], tonumber(row[3] or 0)} end
local ordinal = parseStored(stored)
return {'ok', row[1], isMessage(stored) and ordinal - 1 or ordinal}
`,
}

/** Advances a user's read mark of a room within one epoch. Returns 0 if it was at or beyond that seq already. */
export const advanceReadMark: Script = {
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

/** Adds rooms to a list again after they were removed by mistake. */
export const relistRooms: Script = {
  name: 'hubbubPutBack',
  keys: 1,
  allowOom: true,
  lua: `
for _, room in ipairs(ARGV) do redis.call('ZADD', KEYS[1], 0, room) end
return #ARGV
`,
}

/** Extends how long a user's direct rooms stay open. Returns 0 if this room is not open; the caller then opens it. */
export const extendDirect: Script = {
  name: 'hubbubKeepDirect',
  keys: 1,
  allowOom: true,
  lua: `
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`,
}
