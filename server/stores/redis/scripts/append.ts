import { EDITS_PER_MESSAGE_MAX, REACTIONS_PER_MESSAGE_MAX } from '../../../../protocol/limits.ts'
import type { Script } from '../connection.ts'
import { entriesLua } from './shared.ts'

/** Maximum number of entries that one append trims: after a limit is lowered, a log shrinks gradually. */
const TRIM_MAX = 64
/** Maximum number of entries whose size one append adds to the byte count of a log that has none yet. */
const MEASURE_MAX = 32
/** Maximum number of reaction hashes that one append deletes for messages trimmed by an older version. */
const CLEAR_MAX = 1_000

/**
 * Appends an entry. The rules are those of domain/append-rules.ts, domain/deletion.ts and domain/retention.ts. Returns
 * one of:
 * - {'ok', entry, 1 if it is the log's first entry};
 * - {'known', entry}: a retry; the entry as the log holds it now;
 * - {'trimmed', '{"seq","at"}'}: a retry of an entry that was trimmed meanwhile;
 * - {'late', store time}: the script started after its deadline and changed nothing;
 * - {fault code}.
 *
 * Nodes of older versions append to the same keys. They trim by entry count, store the whole entry under its clientId,
 * and maintain neither `size` nor the reaction counts.
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
    -- Written by an older version: the value is the entry itself.
    if not seq then return {'known', before} end
    local stored = redis.call('HGET', log, seq)
    if not stored or atOf(stored) ~= tonumber(at) then return {'trimmed', before} end
    local _, json = parseStored(stored)
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

-- "bytes" is the size of the stored lines from "first" to "to". If the log has no count, or an older version appended or
-- trimmed last, counting restarts and each append adds a few lines; until "to" reaches the head it is a lower bound.
local bytes, to, settled = 0, first - 1, false
local countedBytes, countedTo, countedHead, countedFirst, countedAge =
  string.match(row[7] or '', '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
if countedBytes then
  if tonumber(countedHead) == head and tonumber(countedFirst) == first then
    bytes, to, settled = tonumber(countedBytes), tonumber(countedTo), tonumber(countedAge) == maxAge
  end
  for trimmed = tonumber(countedFirst), math.min(first, countedFirst + ${CLEAR_MAX}) - 1 do
    redis.call('DEL', reactionsOf .. trimmed)
  end
end
for next = to + 1, math.min(seq, to + ${MEASURE_MAX}) do
  bytes = bytes + (next == seq and #line or redis.call('HSTRLEN', log, next))
  to = next
end

-- Removes the text of a deleted message from the log, and from the copy that an older version stored for its clientId.
local function strip(seq)
  local stored = redis.call('HGET', log, seq)
  if not stored then return end
  local ordinal, json = parseStored(stored)
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
  -- While the log has no more entries than it may have messages, the oldest entry need not be read.
  if first >= seq or (since == 0 and seq - first < most and not isHeavy) then break end
  local stored = redis.call('HGET', log, first)
  if stored then
    local isYoung = since == 0 or atOf(stored) >= since
    if isYoung and messages - ordinalOf(stored) < most and not isHeavy then break end
    if first <= to then bytes = bytes - #stored end
    -- When a pair ends, all of its text is deleted; this list finds the copies kept for retries of trimmed entries.
    local clientId = ofPair and string.match(stored, ',"clientId":"([^"]*)"')
    if clientId then
      redis.call('RPUSH', saidBy, string.match(stored, '"by":{"id":"([^"]*)"') .. ':' .. clientId)
      redis.call('PEXPIRE', saidBy, maxAge)
    end
    redis.call('HDEL', log, first)
    redis.call('DEL', editsOf .. first, reactionsOf .. first)
    first = first + 1
  elseif redis.call('HLEN', log) == 1 then
    -- All older entries expired with the log's key.
    first, bytes, to = seq, #line, seq
  else
    first = first + 1
  end
end
if to < first then bytes, to = 0, first - 1 end

-- The log of an idle room expires with its newest entry. Its meta hash lasts until every token issued while the log
-- existed has expired.
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
