import type { Script } from '../connection.ts'

/** Expiry of the key, and with it of fields left by expired leases. */
const DAY_MS = 24 * 3_600_000

/**
 * Sets one lease's connection count of a user to ARGV[2], and adds as many of the ARGV[3] new connections as the limit
 * ARGV[4] over all leases allows. Further arguments are expired leases to delete. Returns {connections added, the other
 * leases counted}.
 */
export const countConnections: Script = {
  name: 'hubbubCountConnections',
  keys: 1,
  allowOom: true,
  lua: `
local lease, open, arriving, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
for i = 5, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
local sum, others, rows = open, {}, redis.call('HGETALL', KEYS[1])
for i = 1, #rows, 2 do
  if rows[i] ~= lease then
    sum = sum + tonumber(rows[i + 1])
    others[#others + 1] = rows[i]
  end
end
local added = math.max(0, math.min(arriving, most - sum))
if open + added > 0 then
  redis.call('HSET', KEYS[1], lease, open + added)
  redis.call('PEXPIRE', KEYS[1], ${DAY_MS})
else
  redis.call('HDEL', KEYS[1], lease)
end
return {added, others}
`,
}
