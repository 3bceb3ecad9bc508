import type { Script } from '../connection.ts'
import { clock } from './shared.ts'

/**
 * A node's heartbeat. Answers {the store's time, is the lease known, lapsed leases to sweep}. A lease that
 * lapsed is still good while nobody has begun to sweep it; from then on it is over, and its node takes another one.
 */
export const beat: Script = {
  name: 'hubbubBeat',
  keys: 3,
  allowOom: true,
  lua: `
local leases, dying, reports = KEYS[1], KEYS[2], KEYS[3]
local lease, leaseMs, report = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local takeIt, sweepUntil, lost = ARGV[4] == '1', tonumber(ARGV[5]), ARGV[6]
${clock}
local time = now()
local known = redis.call('ZSCORE', leases, lease)
if known or takeIt then
  redis.call('ZADD', leases, time + leaseMs, lease)
  if report ~= '' then redis.call('HSET', reports, lease, report) end
end
-- What a node said under a lease that it lost meanwhile has to go as well.
if lost ~= '' then redis.call('SADD', dying, lost) end
-- A clock that ran on while the sweeper or the store stood still makes nobody go.
if time <= sweepUntil then
  for _, lapsed in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', time, 'LIMIT', 0, 100)) do
    redis.call('ZREM', leases, lapsed)
    redis.call('HDEL', reports, lapsed)
    redis.call('SADD', dying, lapsed)
  end
end
return {time, known and 1 or 0, redis.call('SRANDMEMBER', dying, 64)}
`,
}

/** The lease lapses after a while that lets people move to another node unnoticed. */
export const giveBack: Script = {
  name: 'hubbubGiveBack',
  keys: 2,
  allowOom: true,
  lua: `
${clock}
redis.call('ZADD', KEYS[1], 'XX', now() + tonumber(ARGV[2]), ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
`,
}

/** The reports of the nodes whose lease holds; of two of one name, the one renewed last comes last. */
export const reportsOfLiving: Script = {
  name: 'hubbubReports',
  keys: 2,
  lua: `
${clock}
local found = {}
for _, lease in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now()), '+inf')) do
  local report = redis.call('HGET', KEYS[2], lease)
  if report then found[#found + 1] = report end
end
return found
`,
}

/** The leases that lapsed, and those that are being swept. */
export const goneLeases: Script = {
  name: 'hubbubGone',
  keys: 2,
  lua: `
${clock}
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now()))
for _, lease in ipairs(redis.call('SMEMBERS', KEYS[2])) do gone[#gone + 1] = lease end
return gone
`,
}
