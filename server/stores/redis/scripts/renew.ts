import type { Script } from '../connection.ts'

/** Begins another life of a log, with the entries that are there, unless somebody has begun it already. */
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
