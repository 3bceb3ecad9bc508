import type { Script } from '../connection.ts'
import { entriesLua } from './shared.ts'

/**
 * Reads consecutive entries in the direction of reading: at most `maxBytes` of them, but at least one. Returns {epoch,
 * head, oldest visible seq, entries}, all as of the same instant. A log that does not exist yet gets its epoch here.
 */
export const read: Script = {
  name: 'hubbubRead',
  keys: 2,
  // The only write is the epoch of a new log, which expires.
  allowOom: true,
  lua: `
local meta, log = KEYS[1], KEYS[2]
local after, before = tonumber(ARGV[1]), tonumber(ARGV[2])
local messages, pageMax = tonumber(ARGV[3]), tonumber(ARGV[4])
local fresh, idleMs, maxBytes = ARGV[5], tonumber(ARGV[8]), tonumber(ARGV[9])
${entriesLua}
local row = redis.call('HMGET', meta, 'epoch', 'head', 'first', 'messages')
local epoch, head, first = row[1], tonumber(row[2] or 0), tonumber(row[3] or 1)
if not epoch then
  epoch = fresh
  redis.call('HSET', meta, 'epoch', epoch)
end
-- The epoch of a room without messages expires.
local most, maxAge = tonumber(ARGV[6]), tonumber(ARGV[7])
if head == 0 then
  redis.call('PEXPIRE', meta, idleMs)
elseif maxAge > 0 and redis.call('PEXPIRE', meta, maxAge + idleMs, 'NX') == 1 then
  -- Without "size", the next append sets the expiry again.
  redis.call('HDEL', meta, 'size')
end
local low = oldest(log, first, head, tonumber(row[4] or 0), most, maxAge)

local from, to, step = head, low, -1
if after and after <= head then
  from, to, step = math.max(after + 1, low), head, 1
elseif before and before <= head then
  from = before - 1
end

local run, messagesRead, bytes = {}, 0, 0
while (to - from) * step >= 0 and #run < pageMax and messagesRead <= messages do
  local seqs = {}
  for seq = from, from + step * (math.min(50, pageMax - #run, (to - from) * step + 1) - 1), step do
    seqs[#seqs + 1] = seq
  end
  for _, stored in ipairs(redis.call('HMGET', log, unpack(seqs))) do
    if not stored then return {epoch, head, low, run} end
    if isMessage(stored) then messagesRead = messagesRead + 1 end
    local _, json = parseStored(stored)
    bytes = bytes + #json
    if bytes > maxBytes and #run > 0 then return {epoch, head, low, run} end
    run[#run + 1] = json
  end
  from = from + step * #seqs
end
return {epoch, head, low, run}
`,
}
