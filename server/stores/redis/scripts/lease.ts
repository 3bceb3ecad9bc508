import type { Script } from '../connection.ts'
import { clockLua } from './shared.ts'

/**
 * Takes a lease for a starting node, unless living nodes stand in its way: of its name, or with keys such that one of
 * the two does not know the other's signing key. A node of an older version says nothing of its keys. Answers {the
 * store's time, and for each node in the way its lease, when that ends, "name" or "keys", what it says of its keys}.
 */
export const claim: Script = {
  name: 'hubbubClaim',
  keys: 3,
  allowOom: true,
  lua: `
local leases, reports, statements = KEYS[1], KEYS[2], KEYS[3]
local lease, leaseMs, name, mine = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
${clockLua}
local function knows(one, other)
  local signing = string.match(other, '^%S+ (%S+)')
  return signing == nil or string.find(one, ' ' .. signing, 1, true) ~= nil
end
-- Nodes that share their keys through the store soon know all of them.
local function agree(one, other)
  if one == '' or other == '' or string.find(one, '^shared') and string.find(other, '^shared') then return true end
  return knows(one, other) and knows(other, one)
end
local time = now()
-- Older nodes sweep a lease and leave its statement.
for _, other in ipairs(redis.call('HKEYS', statements)) do
  if not redis.call('ZSCORE', leases, other) then redis.call('HDEL', statements, other) end
end
local rivals = {}
local living = redis.call('ZRANGEBYSCORE', leases, '(' .. string.format('%.0f', time), '+inf', 'WITHSCORES')
for i = 1, #living, 2 do
  local other, theirs = living[i], redis.call('HGET', statements, living[i])
  -- A lease that was given back holds a little longer, without statement and report.
  if other ~= lease and (theirs or redis.call('HEXISTS', reports, other) == 1) then
    local reason
    if string.match(other, '^(.*)%.') == name then
      reason = 'name'
    elseif not agree(mine, theirs or '') then
      reason = 'keys'
    end
    if reason then
      for _, value in ipairs({other, living[i + 1], reason, theirs or ''}) do rivals[#rivals + 1] = value end
    end
  end
end
if #rivals == 0 then
  redis.call('ZADD', leases, time + leaseMs, lease)
  redis.call('HSET', statements, lease, mine)
end
return {time, unpack(rivals)}
`,
}

/**
 * A node's heartbeat. Answers {the store's time, is the lease known, lapsed leases to sweep}. A lease that
 * lapsed is still good while nobody has begun to sweep it; from then on it is over, and its node takes another one.
 */
export const beat: Script = {
  name: 'hubbubBeat',
  keys: 4,
  allowOom: true,
  lua: `
local leases, dying, reports, statements = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local lease, leaseMs, report = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local takeIt, sweepUntil, lost = ARGV[4] == '1', tonumber(ARGV[5]), ARGV[6]
local statement = ARGV[7]
${clockLua}
local time = now()
local known = redis.call('ZSCORE', leases, lease)
if known or takeIt then
  redis.call('ZADD', leases, time + leaseMs, lease)
  if report ~= '' then redis.call('HSET', reports, lease, report) end
  redis.call('HSET', statements, lease, statement)
end
-- What a node said under a lease that it lost meanwhile has to go as well.
if lost ~= '' then redis.call('SADD', dying, lost) end
-- A clock that ran on while the sweeper or the store stood still makes nobody go.
if time <= sweepUntil then
  for _, lapsed in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', time, 'LIMIT', 0, 100)) do
    redis.call('ZREM', leases, lapsed)
    redis.call('HDEL', reports, lapsed)
    redis.call('HDEL', statements, lapsed)
    redis.call('SADD', dying, lapsed)
  end
end
return {time, known and 1 or 0, redis.call('SRANDMEMBER', dying, 64)}
`,
}

/** The lease lapses after a while that lets people move to another node unnoticed. */
export const releaseLease: Script = {
  name: 'hubbubGiveBack',
  keys: 3,
  allowOom: true,
  lua: `
${clockLua}
redis.call('ZADD', KEYS[1], 'XX', now() + tonumber(ARGV[2]), ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
`,
}

/** The reports of the nodes whose lease holds; of two of one name, the one renewed last comes last. */
export const liveReports: Script = {
  name: 'hubbubReports',
  keys: 2,
  lua: `
${clockLua}
local found = {}
for _, lease in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now()), '+inf')) do
  local report = redis.call('HGET', KEYS[2], lease)
  if report then found[#found + 1] = report end
end
return found
`,
}

/** The leases that lapsed, and those that are being swept. */
export const expiredLeases: Script = {
  name: 'hubbubGone',
  keys: 2,
  lua: `
${clockLua}
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now()))
for _, lease in ipairs(redis.call('SMEMBERS', KEYS[2])) do gone[#gone + 1] = lease end
return gone
`,
}
