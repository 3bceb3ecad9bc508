import { EVENTS_KEPT } from '../../../domain/journal.ts'
import type { Script } from '../connection.ts'
import { clockLua } from './shared.ts'

/** Peaks exclude nodes whose last flush is older than this: a dead node's clients may already be counted elsewhere. */
const CURRENT_MS = 1_500
const INCARNATION_KNOWN_MS = 86_400_000

/**
 * Adds a flush exactly once. ARGV: key prefix of events, key prefix of series, incarnation, flush number; then four
 * lists, each preceded by its length: (name, increment) of counters; (name, name of its time, current value) of peaks;
 * (chunk, field, JSON, expiry) of samples; (kind, JSON) of events.
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
local function nextArg()
  at = at + 1
  return ARGV[at]
end
local function whole(n) return string.format('%.0f', n) end

redis.call('HSETNX', totals, 'since', whole(time))
for _ = 1, tonumber(nextArg()) do
  local name = nextArg()
  redis.call('HINCRBY', totals, name, nextArg())
end

local peaks, figures = {}, {}
for i = 1, tonumber(nextArg()) do
  peaks[i] = {nextArg(), nextArg(), 0}
  figures[i] = nextArg()
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
for _, forgotten in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', whole(time - ${INCARNATION_KNOWN_MS}), 'LIMIT', 0, 10)) do
  redis.call('HDEL', nodes, forgotten)
  redis.call('ZREM', seen, forgotten)
end

for _ = 1, tonumber(nextArg()) do
  local chunk = seriesOf .. nextArg()
  local field = nextArg()
  redis.call('HSET', chunk, field, nextArg())
  redis.call('PEXPIREAT', chunk, nextArg())
end

for _ = 1, tonumber(nextArg()) do
  local kind = nextArg()
  local id = redis.call('INCR', counter) .. '-0'
  redis.call('XADD', eventsOf .. kind, 'MAXLEN', '=', ${EVENTS_KEPT}, id, 'json', nextArg())
end
return 1
`,
}

/** ARGV: key prefix of events, after, limit, kinds. Returns the newest event number, then number and JSON of each event. */
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
