import type { Script } from '../connection.ts'

/** A limit does not outlive its user by more: leases that nobody counts any more go with it. */
const DAY_MS = 24 * 3_600_000

/** Counts one more connection under a lease unless there are `most`; the other arguments are the leases that hold. */
export const admit: Script = {
  name: 'hubbubAdmit',
  keys: 1,
  allowOom: true,
  lua: `
local lease, most = ARGV[1], tonumber(ARGV[2])
local holds = {[lease] = true}
for i = 3, #ARGV do holds[ARGV[i]] = true end
local sum, rows = 0, redis.call('HGETALL', KEYS[1])
for i = 1, #rows, 2 do
  if holds[rows[i]] then sum = sum + tonumber(rows[i + 1]) else redis.call('HDEL', KEYS[1], rows[i]) end
end
if sum >= most then return 0 end
redis.call('HINCRBY', KEYS[1], lease, 1)
redis.call('PEXPIRE', KEYS[1], ${DAY_MS})
return 1
`,
}

export const release: Script = {
  name: 'hubbubRelease',
  keys: 1,
  allowOom: true,
  lua: `
if redis.call('HINCRBY', KEYS[1], ARGV[1], -1) <= 0 then redis.call('HDEL', KEYS[1], ARGV[1]) end
return 1
`,
}
