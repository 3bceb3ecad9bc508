import type { Script } from '../connection.ts'

/** Starts a new epoch of a log and keeps its entries; does nothing if the epoch is no longer ARGV[1]. */
export const renewEpoch: Script = {
  name: 'hubbubRenew',
  keys: 1,
  allowOom: true,
  lua: `
local expected, fresh, channel = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HGET', KEYS[1], 'epoch') ~= expected then return 0 end
redis.call('HSET', KEYS[1], 'epoch', fresh)
redis.call('SPUBLISH', channel, 'renewed')
return 1
`,
}
