import { EDITS_PER_MESSAGE_MAX, REACTIONS_PER_MESSAGE_MAX } from '../../../../protocol/limits.ts'
import type { Script } from '../connection.ts'
import { entriesLua } from './shared.ts'

/** Entries taken off the old end with one append, at most: a limit that was lowered is reached step by step. */
const TRIM_MAX = 64
/** Entries of a log without a byte count that are measured with one append, at most. */
const MEASURE_MAX = 32
/** Messages whose reaction count is cleared after another version trimmed them, at most. */
const CLEAR_MAX = 1_000

/**
 * The rules are those of domain/appending.ts, domain/deletion.ts and domain/log-limits.ts. Answers {code},
 * {'ok', entry, is it the first}, {'known', entry} to a retry, {'trimmed', seq and at} to a retry of an entry that has
 * left the log, or {'late', time} when it runs after its deadline: nothing was done then.
 *
 * Nodes of older versions append to the same keys. They trim by entries, keep the whole entry for its clientId, and
 * know neither `size` nor the reaction counts.
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
local maxBytes, rememberMs = tonumber(ARGV[15]), ARGV[16]
-- Of a reaction: '1' to add it, '' to take it off.
local reactionsOf, emoji, on = ARGV[17], ARGV[18], ARGV[19] == '1'
-- In milliseconds on this clock; 0: none.
local deadline = tonumber(ARGV[20])
${entriesLua}
if deadline > 0 and now() > deadline then return {'late', string.format('%.0f', now())} end
if dedupeMs > 0 then
  local before = redis.call('GET', said)
  if before then
    local seq, at = string.match(before, '^{"seq":(%d+),"at":(%d+)}$')
    -- An older version keeps the entry itself.
    if not seq then return {'known', before} end
    local stored = redis.call('HGET', log, seq)
    if not stored or atOf(stored) ~= tonumber(at) then return {'trimmed', before} end
    local _, json = opened(stored)
    return {'known', json}
  end
end

local row = redis.call('HMGET', meta, 'epoch', 'head', 'first', 'at', 'messages', 'over', 'size')
if row[6] then return {'not_in_room'} end
local epoch = row[1] or fresh
local head, first, at, messages =
  tonumber(row[2] or 0), tonumber(row[3] or 1), tonumber(row[4] or 0), tonumber(row[5] or 0)
local time = now()
local since = maxAge == 0 and 0 or time - maxAge

if expected ~= '' and expected ~= epoch then return {'stale_epoch'} end
local reactions = kind == 'reaction' and reactionsOf .. mentioned
if mentioned ~= '' then
  local stored = redis.call('HGET', log, mentioned)
  if not stored or not isMessage(stored) or messages - ordinalOf(stored) >= most or atOf(stored) < since then
    return {'no_such_entry'}
  end
  if string.find(stored, ',"deleted":true}$') then return {'deleted'} end
  local owner = string.match(stored, '"by":{"id":"([^"]*)"')
  if (kind == 'edit' or kind == 'delete') and owner ~= author then return {'not_author'} end
  if kind == 'edit' and redis.call('LLEN', editsOf .. mentioned) >= ${EDITS_PER_MESSAGE_MAX} then return {'too_many'} end
  if reactions and tonumber(redis.call('HGET', reactions, 'entries') or 0) >= ${REACTIONS_PER_MESSAGE_MAX}
    and (on or redis.call('HEXISTS', reactions, author .. ' ' .. emoji) == 0) then return {'too_many_reactions'} end
end

local seq = head + 1
if time < at then time = at end
if kind == 'message' then messages = messages + 1 end
local place = '{"seq":' .. seq
local whole = string.format('%.0f', time)
local json = place .. untilAt .. whole .. fromBy
local line = messages .. ' ' .. json
redis.call('HSET', log, seq, line)
if dedupeMs > 0 then redis.call('SET', said, place .. ',"at":' .. whole .. '}', 'PX', dedupeMs) end

-- The bytes of the lines from "first" to "to". They are counted anew, a few with each append, in a log that has no
-- count or where the last append or trim was another version's; until "to" is the head, the count is a lower bound.
local bytes, to, settled = 0, first - 1, false
local countedBytes, countedTo, countedHead, countedFirst, countedAge =
  string.match(row[7] or '', '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
if countedBytes then
  if tonumber(countedHead) == head and tonumber(countedFirst) == first then
    bytes, to, settled = tonumber(countedBytes), tonumber(countedTo), tonumber(countedAge) == maxAge
  end
  for gone = tonumber(countedFirst), math.min(first, countedFirst + ${CLEAR_MAX}) - 1 do
    redis.call('DEL', reactionsOf .. gone)
  end
end
for next = to + 1, math.min(seq, to + ${MEASURE_MAX}) do
  bytes = bytes + (next == seq and #line or redis.call('HSTRLEN', log, next))
  to = next
end

-- The text of a deleted message leaves the log, and the copy that an older version keeps for its clientId.
local function strip(seq)
  local stored = redis.call('HGET', log, seq)
  if not stored then return end
  local ordinal, json = opened(stored)
  local from = string.find(json, ',"text":"', 1, true)
  if not from then return end
  local behind = string.match(json, ',"target":%d+}$') or string.match(json, ',"replyTo":%d+}$') or '}'
  local bare = string.sub(json, 1, from - 1) .. string.sub(behind, 1, -2) .. ',"deleted":true}'
  redis.call('HSET', log, seq, ordinal .. ' ' .. bare)
  if tonumber(seq) <= to then bytes = bytes - #json + #bare end
  local clientId = string.match(bare, ',"clientId":"([^"]*)"')
  if not clientId then return end
  local copy = saidBy .. string.match(bare, '"by":{"id":"([^"]*)"') .. ':' .. clientId
  if redis.call('GET', copy) == json then redis.call('SET', copy, bare, 'KEEPTTL') end
end

if kind == 'edit' then
  redis.call('RPUSH', editsOf .. mentioned, seq)
  if maxAge > 0 then redis.call('PEXPIRE', editsOf .. mentioned, maxAge) end
elseif reactions then
  redis.call('HINCRBY', reactions, 'entries', 1)
  if on then redis.call('HSET', reactions, author .. ' ' .. emoji, 1)
  else redis.call('HDEL', reactions, author .. ' ' .. emoji) end
  if maxAge > 0 then redis.call('PEXPIRE', reactions, maxAge) end
elseif kind == 'delete' then
  strip(mentioned)
  for _, edit in ipairs(redis.call('LRANGE', editsOf .. mentioned, 0, -1)) do strip(edit) end
  redis.call('DEL', editsOf .. mentioned, reactionsOf .. mentioned)
end

for _ = 1, ${TRIM_MAX} do
  local isHeavy = maxBytes > 0 and bytes > maxBytes
  -- As long as there are no more entries than the log may have messages, the oldest need not be looked at.
  if first >= seq or (since == 0 and seq - first < most and not isHeavy) then break end
  local stored = redis.call('HGET', log, first)
  if stored then
    local isYoung = since == 0 or atOf(stored) >= since
    if isYoung and messages - ordinalOf(stored) < most and not isHeavy then break end
    if first <= to then bytes = bytes - #stored end
    -- When a pair is over, nothing that was said stays, wherever a copy is kept for retries.
    local clientId = ofPair and string.match(stored, ',"clientId":"([^"]*)"')
    if clientId then
      redis.call('RPUSH', saidBy, string.match(stored, '"by":{"id":"([^"]*)"') .. ':' .. clientId)
      redis.call('PEXPIRE', saidBy, maxAge)
    end
    redis.call('HDEL', log, first)
    redis.call('DEL', editsOf .. first, reactionsOf .. first)
    first = first + 1
  elseif redis.call('HLEN', log) == 1 then
    -- The whole log had expired.
    first, bytes, to = seq, #line, seq
  else
    first = first + 1
  end
end
if to < first then bytes, to = 0, first - 1 end

-- Where nobody speaks any more, the whole log goes when its newest entry is due, and what is known of it when nobody
-- can hold a token any longer who saw it.
if maxAge > 0 then
  redis.call('PEXPIRE', log, maxAge)
  redis.call('PEXPIRE', meta, maxAge + rememberMs)
elseif not settled then
  redis.call('PERSIST', log)
  redis.call('PERSIST', meta)
end

local size = bytes .. ' ' .. to .. ' ' .. seq .. ' ' .. first .. ' ' .. maxAge
if kind == 'message' then
  redis.call('HSET', meta, 'epoch', epoch, 'head', seq, 'first', first, 'at', whole, 'messages', messages, 'size', size,
    'last', seq)
else
  redis.call('HSET', meta, 'epoch', epoch, 'head', seq, 'first', first, 'at', whole, 'messages', messages, 'size', size)
end
redis.call('SPUBLISH', channel, 'entry ' .. epoch .. ' ' .. json)
return {'ok', json, seq == 1 and 1 or 0}
`,
}
