import type { Script } from '../connection.ts'
import { entriesLua } from './shared.ts'

/**
 * Functions over match places: a user's place is in the waiting line or in a pair, and is held by leases. All keys are in
 * the hash slot of the line; the keys of one user or one lease are built from their prefixes. `own` and `user` are the
 * caller's lease and user; that lease is not notified about that user, as it receives the reply.
 */
const placesLua = `
local line, ticket, ended = KEYS[1], KEYS[2], KEYS[3]
local placeOf, heldBy, channelOf, own, user = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local function notify(who, leases)
  for lease in string.gmatch(leases, '%S+') do
    if who ~= user or lease ~= own then redis.call('SPUBLISH', channelOf .. lease, who) end
  end
end

local function hold(who, lease)
  local leases = redis.call('HGET', placeOf .. who, 'leases')
  if redis.call('SADD', heldBy .. lease, who) == 0 then return end
  redis.call('HSET', placeOf .. who, 'leases', leases and leases .. ' ' .. lease or lease)
end

local function free(who)
  local leases = redis.call('HGET', placeOf .. who, 'leases') or ''
  for lease in string.gmatch(leases, '%S+') do redis.call('SREM', heldBy .. lease, who) end
  redis.call('DEL', placeOf .. who)
  redis.call('ZREM', line, who)
  notify(who, leases)
end

local function endPair(who)
  local place = redis.call('HMGET', placeOf .. who, 'room', 'with')
  if not place[1] then return end
  redis.call('HSET', ended, place[1], who .. ' ' .. place[2])
  free(who)
  free(place[2])
end

-- Returns 1 if the user is in a pair afterwards.
local function release(who, lease, waitingOnly)
  local place = redis.call('HMGET', placeOf .. who, 'leases', 'room')
  if not place[1] then return 0 end
  if place[2] and waitingOnly then return 1 end
  redis.call('SREM', heldBy .. lease, who)
  local rest = {}
  for other in string.gmatch(place[1], '%S+') do if other ~= lease then rest[#rest + 1] = other end end
  if #rest > 0 then
    redis.call('HSET', placeOf .. who, 'leases', table.concat(rest, ' '))
    return place[2] and 1 or 0
  end
  if place[2] then endPair(who) else free(who) end
  return 0
end

-- Pairs the first two users in line who are held by a lease that is not expired. Returns 1 if there were two.
local function pairUp(room, expired)
  local function held(who)
    for lease in string.gmatch(redis.call('HGET', placeOf .. who, 'leases') or '', '%S+') do
      if not expired[lease] then return true end
    end
  end
  local first
  for _, who in ipairs(redis.call('ZRANGE', line, 0, -1)) do
    if held(who) then
      if first then
        for one, other in pairs({[first] = who, [who] = first}) do
          redis.call('ZREM', line, one)
          redis.call('HSET', placeOf .. one, 'room', room, 'with', other)
          notify(one, redis.call('HGET', placeOf .. one, 'leases'))
        end
        redis.call('HSET', placeOf .. first, 'news', 1)
        return 1
      end
      first = who
    end
  end
  return 0
end

local function pairOf(who)
  local place = redis.call('HMGET', placeOf .. who, 'room', 'with')
  if not place[1] then return {} end
  return {place[1], place[2], redis.call('HGET', placeOf .. place[2], 'name')}
end

local function setOf(from)
  local set = {}
  for i = from, #ARGV do set[ARGV[i]] = true end
  return set
end
`

const placeScript = (name: string, lua: string): Script => ({ name, keys: 3, allowOom: true, lua: placesLua + lua })

/**
 * Further arguments: name, room for a new pair, expired leases. Returns {room, stranger's id, stranger's name, is new} of
 * the user's pair, or {}. "is new" is 1 once for each pair: for the user who waited longer, when they ask first.
 */
export const find = placeScript(
  'hubbubFind',
  `
hold(user, own)
redis.call('HSET', placeOf .. user, 'name', ARGV[6])
if redis.call('HEXISTS', placeOf .. user, 'room') == 0 then
  if not redis.call('ZSCORE', line, user) then redis.call('ZADD', line, redis.call('INCR', ticket), user) end
  pairUp(ARGV[7], setOf(8))
end
local pair = pairOf(user)
pair[4] = pair[1] and redis.call('HDEL', placeOf .. user, 'news')
return pair
`,
)

/** Further argument: the room. Returns {room, stranger's id, stranger's name}, or {}. */
export const enter = placeScript(
  'hubbubEnter',
  `
if redis.call('HGET', placeOf .. user, 'room') ~= ARGV[6] then return {} end
hold(user, own)
return pairOf(user)
`,
)

/** Further argument: '1' to release only a waiting place. Returns 1 if the user is in a pair afterwards. */
export const release = placeScript('hubbubLetGo', `return release(user, own, ARGV[6] == '1')`)

export const endPair = placeScript('hubbubPart', `endPair(user) return 1`)

/** Releases up to 200 places of an expired lease. Returns how many are left. */
export const releaseAll = placeScript(
  'hubbubTakePlaces',
  `
for _, who in ipairs(redis.call('SRANDMEMBER', heldBy .. own, 200)) do release(who, own, false) end
return redis.call('SCARD', heldBy .. own)
`,
)

/** Pairs two waiting users; needed after an expired lease was renewed. Returns 0 if there are no two. Arguments as `find`. */
export const pairWaiting = placeScript('hubbubPairUp', `return pairUp(ARGV[7], setOf(8))`)

/** Returns the number of waiting users, then room and users of up to 100 ended pairs whose logs are not yet deleted. */
export const pendingCleanup = placeScript(
  'hubbubLeftOver',
  `return {redis.call('ZCARD', line), unpack(redis.call('HRANDFIELD', ended, 100, 'WITHVALUES'))}`,
)

/** Deletes a log, including the copies kept for retries, and marks it as ended: appends fail with `not_in_room`. */
export const deleteLog: Script = {
  name: 'hubbubDeleteLog',
  keys: 2,
  allowOom: true,
  lua: `
local meta, log, saidBy, editsOf, reactionsOf, overMs = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
${entriesLua}
for _, stored in ipairs(redis.call('HVALS', log)) do
  local _, json = parseStored(stored)
  local seq = string.match(json, '^{"seq":(%d+)')
  redis.call('DEL', editsOf .. seq, reactionsOf .. seq)
  local clientId = string.match(json, ',"clientId":"([^"]*)"')
  if clientId then redis.call('DEL', saidBy .. string.match(json, '"by":{"id":"([^"]*)"') .. ':' .. clientId) end
end
for _, copy in ipairs(redis.call('LRANGE', saidBy, 0, -1)) do redis.call('DEL', saidBy .. copy) end
redis.call('DEL', log, saidBy)
redis.call('HSET', meta, 'over', 1)
redis.call('PEXPIRE', meta, overMs)
return 1
`,
}
