import type { Script } from '../connection.ts'
import { entriesLua } from './shared.ts'

/**
 * What is known of places. All keys are in the slot of the line; those of one person or one lease are named here from
 * their prefixes. `own` and `user` are the caller's, who has the answer and need not be told.
 */
const placesLua = `
local line, drawn, over = KEYS[1], KEYS[2], KEYS[3]
local placeOf, heldBy, newsOf, own, user = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local function tell(who, leases)
  for lease in string.gmatch(leases, '%S+') do
    if who ~= user or lease ~= own then redis.call('SPUBLISH', newsOf .. lease, who) end
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
  tell(who, leases)
end

local function part(who)
  local place = redis.call('HMGET', placeOf .. who, 'room', 'with')
  if not place[1] then return end
  redis.call('HSET', over, place[1], who .. ' ' .. place[2])
  free(who)
  free(place[2])
end

-- Answers whether they are in a pair afterwards.
local function letGo(who, lease, waitingOnly)
  local place = redis.call('HMGET', placeOf .. who, 'leases', 'room')
  if not place[1] then return 0 end
  if place[2] and waitingOnly then return 1 end
  redis.call('SREM', heldBy .. lease, who)
  local rest = {}
  for by in string.gmatch(place[1], '%S+') do if by ~= lease then rest[#rest + 1] = by end end
  if #rest > 0 then
    redis.call('HSET', placeOf .. who, 'leases', table.concat(rest, ' '))
    return place[2] and 1 or 0
  end
  if place[2] then part(who) else free(who) end
  return 0
end

-- Of the people in line the first two whom somebody holds.
local function pairUp(room, gone)
  local function held(who)
    for lease in string.gmatch(redis.call('HGET', placeOf .. who, 'leases') or '', '%S+') do
      if not gone[lease] then return true end
    end
  end
  local first
  for _, who in ipairs(redis.call('ZRANGE', line, 0, -1)) do
    if held(who) then
      if first then
        for one, other in pairs({[first] = who, [who] = first}) do
          redis.call('ZREM', line, one)
          redis.call('HSET', placeOf .. one, 'room', room, 'with', other)
          tell(one, redis.call('HGET', placeOf .. one, 'leases'))
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

const script = (name: string, lua: string): Script => ({ name, keys: 3, allowOom: true, lua: placesLua + lua })

/**
 * After the prefixes, lease and user: name, a room for a new pair, the leases that are gone. Answers a pair, and 1 the
 * first time that the one who had waited longer asks for a new one, or {}.
 */
export const find = script(
  'hubbubFind',
  `
hold(user, own)
redis.call('HSET', placeOf .. user, 'name', ARGV[6])
if redis.call('HEXISTS', placeOf .. user, 'room') == 0 then
  if not redis.call('ZSCORE', line, user) then redis.call('ZADD', line, redis.call('INCR', drawn), user) end
  pairUp(ARGV[7], setOf(8))
end
local pair = pairOf(user)
pair[4] = pair[1] and redis.call('HDEL', placeOf .. user, 'news')
return pair
`,
)

/** After the prefixes, lease and user: the room. Answers a pair or {}. */
export const enter = script(
  'hubbubEnter',
  `
if redis.call('HGET', placeOf .. user, 'room') ~= ARGV[6] then return {} end
hold(user, own)
return pairOf(user)
`,
)

/** After the prefixes, lease and user: '1' to spare a pair. Answers whether they are in one. */
export const release = script('hubbubLetGo', `return letGo(user, own, ARGV[6] == '1')`)

export const endPair = script('hubbubPart', `part(user) return 1`)

/** So many people of a lapsed lease at a time; answers how many are left. */
export const releaseAll = script(
  'hubbubTakePlaces',
  `
for _, who in ipairs(redis.call('SRANDMEMBER', heldBy .. own, 200)) do letGo(who, own, false) end
return redis.call('SCARD', heldBy .. own)
`,
)

/** Pairs two who wait, as long as there are: after a lease came back that had lapsed. The rest as with find. */
export const pairWaiting = script('hubbubPairUp', `return pairUp(ARGV[7], setOf(8))`)

/** How many wait, then rooms and people of pairs that are over. */
export const pendingCleanup = script(
  'hubbubLeftOver',
  `return {redis.call('ZCARD', line), unpack(redis.call('HRANDFIELD', over, 100, 'WITHVALUES'))}`,
)

/** Deletes a log for good, with the copies kept for retries; the number of its next entry is nobody's. */
export const deleteLog: Script = {
  name: 'hubbubDeleteLog',
  keys: 2,
  allowOom: true,
  lua: `
local meta, log, saidBy, editsOf, reactionsOf, overMs = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
${entriesLua}
for _, stored in ipairs(redis.call('HVALS', log)) do
  local _, json = opened(stored)
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
