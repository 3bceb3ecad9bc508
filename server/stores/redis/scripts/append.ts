import { EDITS_PER_MESSAGE_MAX } from '../../../../protocol/limits.ts'
import type { Script } from '../connection.ts'
import { entries } from './shared.ts'

/** Entries taken off the old end with one append, at most: a limit that was lowered is reached step by step. */
const TRIM_MOST = 64

/**
 * The rules are those of domain/appending.ts and domain/deletion.ts. Answers {code}, {'ok', entry, is it the first}, or
 * {'known', entry} to a retry.
 */
export const append: Script = {
  name: 'hubbubAppend',
  keys: 3,
  lua: `
local meta, log, said = KEYS[1], KEYS[2], KEYS[3]
local channel, saidBy, editsOf, fresh, expected = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local kind, author, mentioned = ARGV[6], ARGV[7], ARGV[8]
-- The entry's JSON around its seq and its time.
local untilAt, fromBy = ARGV[9], ARGV[10]
local dedupeMs, most, maxAge = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local ofPair = ARGV[14] == '1'
${entries}
if dedupeMs > 0 then
  local before = redis.call('GET', said)
  if before then return {'known', before} end
end

local row = redis.call('HMGET', meta, 'epoch', 'head', 'first', 'at', 'messages', 'over')
if row[6] then return {'not_in_room'} end
local epoch = row[1] or fresh
local head, first, at, messages =
  tonumber(row[2] or 0), tonumber(row[3] or 1), tonumber(row[4] or 0), tonumber(row[5] or 0)
local time = now()
local since = maxAge == 0 and 0 or time - maxAge

if expected ~= '' and expected ~= epoch then return {'stale_epoch'} end
if mentioned ~= '' then
  local seq = tonumber(mentioned)
  local stored = seq >= head - most + 1 and redis.call('HGET', log, mentioned)
  if not stored or not isMessage(stored) or atOf(stored) < since then return {'no_such_entry'} end
  if string.find(stored, ',"deleted":true}$') then return {'deleted'} end
  local owner = string.match(stored, '"by":{"id":"([^"]*)"')
  if (kind == 'edit' or kind == 'delete') and owner ~= author then return {'not_author'} end
  if kind == 'edit' and redis.call('LLEN', editsOf .. mentioned) >= ${EDITS_PER_MESSAGE_MAX} then return {'too_many'} end
end

local seq = head + 1
if time < at then time = at end
if kind == 'message' then
  messages = messages + 1
  redis.call('HSET', meta, 'last', seq)
end
local json = '{"seq":' .. seq .. untilAt .. string.format('%.0f', time) .. fromBy
redis.call('HSET', log, seq, messages .. ' ' .. json)
if dedupeMs > 0 then redis.call('SET', said, json, 'PX', dedupeMs) end

-- The text of a deleted message leaves the log and the copy kept for its clientId.
local function strip(seq)
  local stored = redis.call('HGET', log, seq)
  if not stored then return end
  local ordinal, json = opened(stored)
  local from = string.find(json, ',"text":"', 1, true)
  if not from then return end
  local behind = string.match(json, ',"target":%d+}$') or string.match(json, ',"replyTo":%d+}$') or '}'
  local bare = string.sub(json, 1, from - 1) .. string.sub(behind, 1, -2) .. ',"deleted":true}'
  redis.call('HSET', log, seq, ordinal .. ' ' .. bare)
  local clientId = string.match(bare, ',"clientId":"([^"]*)"')
  if not clientId then return end
  local copy = saidBy .. string.match(bare, '"by":{"id":"([^"]*)"') .. ':' .. clientId
  if redis.call('GET', copy) == json then redis.call('SET', copy, bare, 'KEEPTTL') end
end

if kind == 'edit' then
  redis.call('RPUSH', editsOf .. mentioned, seq)
  if maxAge > 0 then redis.call('PEXPIRE', editsOf .. mentioned, maxAge) end
elseif kind == 'delete' then
  strip(mentioned)
  for _, edit in ipairs(redis.call('LRANGE', editsOf .. mentioned, 0, -1)) do strip(edit) end
  redis.call('DEL', editsOf .. mentioned)
end

for _ = 1, ${TRIM_MOST} do
  local stored = redis.call('HGET', log, first)
  if seq - first < most and stored and atOf(stored) >= since then break end
  if first > seq then break end
  -- When a pair is over, nothing that was said stays, wherever a copy is kept for retries.
  local clientId = ofPair and stored and string.match(stored, ',"clientId":"([^"]*)"')
  if clientId then
    redis.call('RPUSH', saidBy, string.match(stored, '"by":{"id":"([^"]*)"') .. ':' .. clientId)
    redis.call('PEXPIRE', saidBy, maxAge)
  end
  redis.call('HDEL', log, first)
  redis.call('DEL', editsOf .. first)
  first = first + 1
end
-- Where nobody speaks any more, the whole log goes when its newest entry is due.
if maxAge > 0 then redis.call('PEXPIRE', log, maxAge) else redis.call('PERSIST', log) end

redis.call('HSET', meta, 'epoch', epoch, 'head', seq, 'first', first, 'at', string.format('%.0f', time),
  'messages', messages)
if seq == 1 then redis.call('PERSIST', meta) end
redis.call('SPUBLISH', channel, 'entry ' .. epoch .. ' ' .. json)
return {'ok', json, seq == 1 and 1 or 0}
`,
}
