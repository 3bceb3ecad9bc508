import type { Script } from '../connection.ts'

/**
 * Takes a token of a bucket and answers 0, or the milliseconds until there is one. The generic cell rate algorithm: the
 * key holds the instant at which the bucket is full again, in microseconds, and goes when that has come. Whole
 * microseconds throughout, as rounding would cost a burst its last token.
 */
export const takeToken: Script = {
  name: 'hubbubPace',
  keys: 1,
  allowOom: true,
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local each = math.max(1, math.floor(1000000 / tonumber(ARGV[1])))
local whole = each * tonumber(ARGV[2])
-- A clock that was set back leaves a bucket that is empty, and no emptier.
local full = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now), now + whole) + each
local wait = full - now - whole
if wait > 0 then return math.ceil(wait / 1000) end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return 0
`,
}
