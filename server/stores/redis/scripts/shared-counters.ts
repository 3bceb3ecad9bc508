import type { Script } from '../connection.ts'

/**
 * Takes tokens that were spent already and answers what is left of each bucket, in thousandths. The key holds what that of
 * `pace` does, up to one burst of debt. Arguments: perSecond, burst and tokens for each key.
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

/** States a lease's counts and answers the sums of all statements that hold. Arguments: lease, milliseconds, the counts. */
export const tally: Script = {
  name: 'hubbubTally',
  allowOom: true,
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease, holds = ARGV[1], tonumber(ARGV[2])
local sums = {}
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, lease, ARGV[i + 2] .. ' ' .. string.format('%.0f', now))
  local sum, rows = 0, redis.call('HGETALL', key)
  for at = 1, #rows, 2 do
    local count, stated = string.match(rows[at + 1], '^(%d+) (%d+)$')
    if now - tonumber(stated) <= holds then sum = sum + tonumber(count) else redis.call('HDEL', key, rows[at]) end
  end
  redis.call('PEXPIRE', key, holds)
  sums[i] = sum
end
return sums
`,
}
