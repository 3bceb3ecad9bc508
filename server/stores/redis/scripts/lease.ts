import type { Script } from '../connection.ts'
import { clockLua } from './shared.ts'

/**
 * Acquires a lease for a starting node, unless a live node conflicts with it: one with the same name, or one whose
 * signing key this node does not know, or the reverse. Nodes of older versions state no keys and do not conflict by key.
 * Returns {store time, then for each conflicting node its lease, the lease's expiry, "name" or "keys", its key statement}.
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
-- Nodes that share their keys through the store learn all of them within a second.
local function agree(one, other)
  if one == '' or other == '' or string.find(one, '^shared') and string.find(other, '^shared') then return true end
  return knows(one, other) and knows(other, one)
end
local time = now()
-- Older nodes sweep a lease without deleting its statement.
for _, other in ipairs(redis.call('HKEYS', statements)) do
  if not redis.call('ZSCORE', leases, other) then redis.call('HDEL', statements, other) end
end
local rivals = {}
local living = redis.call('ZRANGEBYSCORE', leases, '(' .. string.format('%.0f', time), '+inf', 'WITHSCORES')
for i = 1, #living, 2 do
  local other, theirs = living[i], redis.call('HGET', statements, living[i])
  -- A released lease stays valid for a grace period, without a statement or a report.
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
 * A node's heartbeat. Returns {store time, whether the lease is known, expired leases to sweep}. An expired lease can be
 * renewed until a node starts to sweep it; after that, its node must acquire a new one.
 */
export const beat: Script = {
  name: 'hubbubBeat',
  keys: 4,
  allowOom: true,
  lua: `
local leases, sweeping, reports, statements = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local lease, leaseMs, report = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local acquire, sweepUntil, lost = ARGV[4] == '1', tonumber(ARGV[5]), ARGV[6]
local statement = ARGV[7]
${clockLua}
local time = now()
local known = redis.call('ZSCORE', leases, lease)
if known or acquire then
  redis.call('ZADD', leases, time + leaseMs, lease)
  if report ~= '' then redis.call('HSET', reports, lease, report) end
  redis.call('HSET', statements, lease, statement)
end
-- A lease that this node lost is swept, too.
if lost ~= '' then redis.call('SADD', sweeping, lost) end
-- Leases do not expire because the clock ran on while the sweeping node or the store was suspended.
if time <= sweepUntil then
  for _, expired in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', time, 'LIMIT', 0, 100)) do
    redis.call('ZREM', leases, expired)
    redis.call('HDEL', reports, expired)
    redis.call('HDEL', statements, expired)
    redis.call('SADD', sweeping, expired)
  end
end
return {time, known and 1 or 0, redis.call('SRANDMEMBER', sweeping, 64)}
`,
}

/** Lets the lease expire after a grace period in which users can move to another node without appearing offline. */
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

/** Reports of the nodes with a valid lease, in order of lease expiry: of two with one name, the later renewed is last. */
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

/** Leases that have expired, including those being swept. */
export const expiredLeases: Script = {
  name: 'hubbubGone',
  keys: 2,
  lua: `
${clockLua}
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now()))
for _, lease in ipairs(redis.call('SMEMBERS', KEYS[2])) do expired[#expired + 1] = lease end
return expired
`,
}
