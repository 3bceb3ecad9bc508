import type { Script } from '../connection.ts'

/** Fields of leases that are gone go with the key. */
const DAY_MS = 24 * 3_600_000

/**
 * States how many connections of a user one lease has, whole, and adds as many of the arriving ones as fit into `most`.
 * The other arguments are leases that are gone. Answers {how many were added, the other leases that were counted}.
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
