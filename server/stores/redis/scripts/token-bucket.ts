import type { Script } from '../connection.ts'

/**
 * Takes a token from a bucket: returns 0, or the milliseconds until one is available. Generic cell rate algorithm: the
 * key holds the Unix time in microseconds at which the bucket is full again, and expires then. All values are whole
 * microseconds: rounding would deny the last token of a burst.
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
-- If the clock was set back, the bucket is at most empty.
local full = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now), now + whole) + each
local wait = full - now - whole
if wait > 0 then return math.ceil(wait / 1000) end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return 0
`,
}
