import { EDITS_PER_MESSAGE_MAX, REACTIONS_PER_MESSAGE_MAX } from '../../../../protocol/limits.ts'
import type { Draft } from '../../../domain/ports.ts'
import type { Script } from '../connection.ts'
import { ROOM_KEYS } from '../keys.ts'
import { argumentNames, argumentsLua } from '../named-arguments.ts'
import { entriesLua } from './shared.ts'

/** Maximum number of entries that one append trims: after a limit is lowered, a log shrinks gradually. */
const TRIM_MAX = 64
/** Maximum number of entries whose size one append adds to the byte count of a log that has none yet. */
const MEASURE_MAX = 32
/** Maximum number of reaction hashes that one append deletes for messages trimmed by an older version. */
const CLEAR_MAX = 1_000

/** The arguments of `append`. Its keys are the room's meta hash, its log, and the dedupe key of author and clientId. */
export interface AppendArguments {
  /** What all keys of the room start with; ROOM_KEYS follow it. */
  prefix: string
  room: string
  kind: Draft['kind']
  author: string
  /** What follows seq, kind, room and at in the entry's JSON. It is stored byte for byte. */
  fields: string
  /** The seq of the target or of the message replied to. */
  mentioned: number | undefined
  /** Only for a reaction. */
  emoji: string | undefined
  /** Whether to add the reaction. */
  on: boolean
  /** The epoch of a log that does not exist yet. */
  newEpoch: string
  /** Any other epoch is rejected as `stale_epoch`. */
  expectedEpoch: string | undefined
  /** Undefined without a clientId. */
  dedupeMs: number | undefined
  maxMessages: number
  /** 0: no limit. */
  maxBytes: number
  /** 0: no limit. */
  maxAgeMs: number
  rememberMs: number
  /** Whether the room is a match: its end also deletes the data for retries of trimmed entries, which are listed then. */
  match: boolean
  /** Unix milliseconds on the store's clock; the script does nothing after it. 0: none. */
  deadline: number
}

export const APPEND_ARGUMENTS = argumentNames<AppendArguments>()([
  ...(['prefix', 'room', 'kind', 'author', 'fields', 'mentioned', 'emoji', 'on', 'newEpoch', 'expectedEpoch'] as const),
  ...(['dedupeMs', 'maxMessages', 'maxBytes', 'maxAgeMs', 'rememberMs', 'match', 'deadline'] as const),
])

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
local meta, log, dedupe = KEYS[1], KEYS[2], KEYS[3]
${argumentsLua(APPEND_ARGUMENTS)}
dedupeMs, deadline = tonumber(dedupeMs) or 0, tonumber(deadline)
maxMessages, maxBytes, maxAgeMs = tonumber(maxMessages), tonumber(maxBytes), tonumber(maxAgeMs)
local dedupePrefix = prefix .. '${ROOM_KEYS.dedupe}'
local editsPrefix, reactionsPrefix = prefix .. '${ROOM_KEYS.edits}', prefix .. '${ROOM_KEYS.reactions}'
${entriesLua}
if deadline > 0 and now() > deadline then return {'late', string.format('%.0f', now())} end
if dedupeMs > 0 then
  local before = redis.call('GET', dedupe)
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
local epoch = row[1] or newEpoch
local head, first, at, messages =
  tonumber(row[2] or 0), tonumber(row[3] or 1), tonumber(row[4] or 0), tonumber(row[5] or 0)
local time = now()
local since = maxAgeMs == 0 and 0 or time - maxAgeMs

if expectedEpoch ~= '' and expectedEpoch ~= epoch then return {'stale_epoch'} end
local reactions = kind == 'reaction' and reactionsPrefix .. mentioned
if mentioned ~= '' then
  local stored = redis.call('HGET', log, mentioned)
  if not stored or not isMessage(stored) or messages - ordinalOf(stored) >= maxMessages or atOf(stored) < since then
    return {'no_such_entry'}
  end
  if string.find(stored, ',"deleted":true}$') then return {'deleted'} end
  local owner = string.match(stored, '"by":{"id":"([^"]*)"')
  if (kind == 'edit' or kind == 'delete') and owner ~= author then return {'not_author'} end
  if kind == 'edit' and redis.call('LLEN', editsPrefix .. mentioned) >= ${EDITS_PER_MESSAGE_MAX} then
    return {'too_many'}
  end
  if reactions and tonumber(redis.call('HGET', reactions, 'entries') or 0) >= ${REACTIONS_PER_MESSAGE_MAX}
    and (on ~= '' or redis.call('HEXISTS', reactions, author .. ' ' .. emoji) == 0) then
    return {'too_many_reactions'}
  end
end

local seq = head + 1
if time < at then time = at end
if kind == 'message' then messages = messages + 1 end
local whole = string.format('%.0f', time)
local json = '{"seq":' .. seq .. ',"kind":"' .. kind .. '","room":"' .. room .. '","at":' .. whole .. ',' .. fields
local line = messages .. ' ' .. json
redis.call('HSET', log, seq, line)
if dedupeMs > 0 then redis.call('SET', dedupe, '{"seq":' .. seq .. ',"at":' .. whole .. '}', 'PX', dedupeMs) end

-- "bytes" is the size of the stored lines from "first" to "to". If the log has no count, or an older version appended or
-- trimmed last, counting restarts and each append adds a few lines; until "to" reaches the head it is a lower bound.
local bytes, to, settled = 0, first - 1, false
local countedBytes, countedTo, countedHead, countedFirst, countedAge =
  string.match(row[7] or '', '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
if countedBytes then
  if tonumber(countedHead) == head and tonumber(countedFirst) == first then
    bytes, to, settled = tonumber(countedBytes), tonumber(countedTo), tonumber(countedAge) == maxAgeMs
  end
  for trimmed = tonumber(countedFirst), math.min(first, countedFirst + ${CLEAR_MAX}) - 1 do
    redis.call('DEL', reactionsPrefix .. trimmed)
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
  local copy = dedupePrefix .. string.match(bare, '"by":{"id":"([^"]*)"') .. ':' .. clientId
  if redis.call('GET', copy) == json then redis.call('SET', copy, bare, 'KEEPTTL') end
end

if kind == 'edit' then
  redis.call('RPUSH', editsPrefix .. mentioned, seq)
  if maxAgeMs > 0 then redis.call('PEXPIRE', editsPrefix .. mentioned, maxAgeMs) end
elseif reactions then
  redis.call('HINCRBY', reactions, 'entries', 1)
  if on ~= '' then redis.call('HSET', reactions, author .. ' ' .. emoji, 1)
  else redis.call('HDEL', reactions, author .. ' ' .. emoji) end
  if maxAgeMs > 0 then redis.call('PEXPIRE', reactions, maxAgeMs) end
elseif kind == 'delete' then
  strip(mentioned)
  for _, edit in ipairs(redis.call('LRANGE', editsPrefix .. mentioned, 0, -1)) do strip(edit) end
  redis.call('DEL', editsPrefix .. mentioned, reactionsPrefix .. mentioned)
end

for _ = 1, ${TRIM_MAX} do
  local isHeavy = maxBytes > 0 and bytes > maxBytes
  -- While the log has no more entries than it may have messages, the oldest entry need not be read.
  if first >= seq or (since == 0 and seq - first < maxMessages and not isHeavy) then break end
  local stored = redis.call('HGET', log, first)
  if stored then
    local isYoung = since == 0 or atOf(stored) >= since
    if isYoung and messages - ordinalOf(stored) < maxMessages and not isHeavy then break end
    if first <= to then bytes = bytes - #stored end
    -- When a pair ends, all of its text is deleted; this list finds the copies kept for retries of trimmed entries.
    local clientId = match ~= '' and string.match(stored, ',"clientId":"([^"]*)"')
    if clientId then
      redis.call('RPUSH', dedupePrefix, string.match(stored, '"by":{"id":"([^"]*)"') .. ':' .. clientId)
      redis.call('PEXPIRE', dedupePrefix, maxAgeMs)
    end
    redis.call('HDEL', log, first)
    redis.call('DEL', editsPrefix .. first, reactionsPrefix .. first)
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
if maxAgeMs > 0 then
  redis.call('PEXPIRE', log, maxAgeMs)
  redis.call('PEXPIRE', meta, maxAgeMs + rememberMs)
elseif not settled then
  redis.call('PERSIST', log)
  redis.call('PERSIST', meta)
end

local size = bytes .. ' ' .. to .. ' ' .. seq .. ' ' .. first .. ' ' .. maxAgeMs
if kind == 'message' then
  redis.call('HSET', meta, 'epoch', epoch, 'head', seq, 'first', first, 'at', whole, 'messages', messages, 'size', size,
    'last', seq)
else
  redis.call('HSET', meta, 'epoch', epoch, 'head', seq, 'first', first, 'at', whole, 'messages', messages, 'size', size)
end
redis.call('SPUBLISH', prefix .. '${ROOM_KEYS.channel}', 'entry ' .. epoch .. ' ' .. json)
return {'ok', json, seq == 1 and 1 or 0}
`,
}
