import { EVENTS_KEPT } from '../../../domain/journal.ts'
import type { Script } from '../connection.ts'
import { clockLua } from './shared.ts'

/** Figures of a node that flushed longer ago are no part of a peak: it may be dead, and its people elsewhere. */
const CURRENT_MS = 1_500
const INCARNATION_KNOWN_MS = 86_400_000

/**
 * Adds a flush, once. ARGV: the prefixes of the keys of events and series, incarnation, number; then four lists, each
 * behind its length: name and value of what is added; name of a peak, of its time, and value now; chunk, field, JSON
 * and expiry of the samples; kind and JSON of the events.
 */
export const addFlush: Script = {
  name: 'hubbubAddFlush',
  keys: 4,
  lua: `
local totals, seen, nodes, counter = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local eventsOf, seriesOf, incarnation, number = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
${clockLua}
local time = now()
local last = tonumber(string.match(redis.call('HGET', nodes, incarnation) or '', '^%d+') or 0)
if number <= last then return 0 end

local at = 4
local function take()
  at = at + 1
  return ARGV[at]
end
local function whole(n) return string.format('%.0f', n) end

redis.call('HSETNX', totals, 'since', whole(time))
for _ = 1, tonumber(take()) do
  local name = take()
  redis.call('HINCRBY', totals, name, take())
end

local peaks, figures = {}, {}
for i = 1, tonumber(take()) do
  peaks[i] = {take(), take(), 0}
  figures[i] = take()
end
redis.call('HSET', nodes, incarnation, number .. ' ' .. table.concat(figures, ' '))
redis.call('ZADD', seen, time, incarnation)
for _, current in ipairs(redis.call('ZRANGEBYSCORE', seen, whole(time - ${CURRENT_MS}), '+inf')) do
  local i = 0
  for figure in string.gmatch(redis.call('HGET', nodes, current) or '', '%d+') do
    if i > 0 and peaks[i] then peaks[i][3] = peaks[i][3] + tonumber(figure) end
    i = i + 1
  end
end
for _, peak in ipairs(peaks) do
  if peak[3] > tonumber(redis.call('HGET', totals, peak[1]) or 0) then
    redis.call('HSET', totals, peak[1], whole(peak[3]), peak[2], whole(time))
  end
end
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', whole(time - ${INCARNATION_KNOWN_MS}), 'LIMIT', 0, 10)) do
  redis.call('HDEL', nodes, gone)
  redis.call('ZREM', seen, gone)
end

for _ = 1, tonumber(take()) do
  local chunk = seriesOf .. take()
  local field = take()
  redis.call('HSET', chunk, field, take())
  redis.call('PEXPIREAT', chunk, take())
end

for _ = 1, tonumber(take()) do
  local kind = take()
  local id = redis.call('INCR', counter) .. '-0'
  redis.call('XADD', eventsOf .. kind, 'MAXLEN', '=', ${EVENTS_KEPT}, id, 'json', take())
end
return 1
`,
}

/** ARGV: the prefix of the keys of events, after, limit, kinds. Answers the newest number, then number and JSON of each. */
export const latestEvents: Script = {
  name: 'hubbubLatestEvents',
  keys: 1,
  lua: `
local head, after = tonumber(redis.call('GET', KEYS[1]) or 0), tonumber(ARGV[2])
if after > head then after = 0 end
local found = {head}
for i = 4, #ARGV do
  local newest = redis.call('XREVRANGE', ARGV[1] .. ARGV[i], '+', '(' .. string.format('%.0f', after) .. '-0', 'COUNT', ARGV[3])
  for _, event in ipairs(newest) do
    found[#found + 1] = string.match(event[1], '^%d+')
    found[#found + 1] = event[2][2]
  end
end
return found
`,
}
