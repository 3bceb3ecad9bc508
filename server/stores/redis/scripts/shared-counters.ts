import type { Script } from '../connection.ts'

/**
 * Deducts tokens that were already spent and returns the level of each bucket in thousandths of a token; it may go down
 * to minus one burst. The value of a key is that of `takeToken`. Arguments: perSecond, burst and tokens for each key.
 */
export const spend: Script = {
  name: 'hubbubSpend',
  allowOom: true,
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local levels = {}
for i, key in ipairs(KEYS) do
  local each = math.max(1, math.floor(1000000 / tonumber(ARGV[3 * i - 2])))
  local whole = each * tonumber(ARGV[3 * i - 1])
  local full = math.max(tonumber(redis.call('GET', key) or 0), now)
  full = math.min(full + each * tonumber(ARGV[3 * i]), now + 2 * whole)
  if full > now then redis.call('SET', key, string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000)) end
  levels[i] = math.floor((now + whole - full) * 1000 / each)
end
return levels
`,
}

/** Sets a lease's counts and returns the sums over all leases. ARGV: lease, validity of a count in ms, the counts. */
export const tally: Script = {
  name: 'hubbubTally',
  allowOom: true,
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease, validMs = ARGV[1], tonumber(ARGV[2])
local sums = {}
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, lease, ARGV[i + 2] .. ' ' .. string.format('%.0f', now))
  local sum, rows = 0, redis.call('HGETALL', key)
  for at = 1, #rows, 2 do
    local count, setAt = string.match(rows[at + 1], '^(%d+) (%d+)$')
    if now - tonumber(setAt) <= validMs then sum = sum + tonumber(count) else redis.call('HDEL', key, rows[at]) end
  end
  redis.call('PEXPIRE', key, validMs)
  sums[i] = sum
end
return sums
`,
}
