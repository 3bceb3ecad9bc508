import type { Script } from '../connection.ts'

/**
 * Sets one lease's status of one user, and notes whether the change is visible to others. Statuses of several leases are
 * merged as in domain/status.ts.
 */
const rosterLua = `
local people, names, ids, leaseMembers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local lease, channel = ARGV[1], ARGV[2]
local visible = false

local function merged(statuses)
  local set = {}
  for status in string.gmatch(statuses or '', '=(%a+)') do set[status] = true end
  return set.busy and 'busy' or set.online and 'online' or set.away and 'away' or nil
end

local function setStatus(user, status, name)
  local before = redis.call('HGET', people, user)
  local statuses = {}
  for other, theirs in string.gmatch(before or '', '([^ =]+)=(%a+)') do
    if other ~= lease then statuses[#statuses + 1] = other .. '=' .. theirs end
  end
  if status ~= '' then
    statuses[#statuses + 1] = lease .. '=' .. status
    redis.call('SADD', leaseMembers, user)
    if redis.call('HGET', names, user) ~= name then
      redis.call('HSET', names, user, name)
      visible = true
    end
  else
    redis.call('SREM', leaseMembers, user)
    end
    local after = table.concat(statuses, ' ')
    if merged(before) ~= merged(after) then visible = true end
    if after ~= '' then
    redis.call('HSET', people, user, after)
    redis.call('ZADD', ids, 0, user)
  elseif before then
    redis.call('HDEL', people, user)
    redis.call('HDEL', names, user)
    redis.call('ZREM', ids, user)
  end
end

local function notify()
  if visible then redis.call('SPUBLISH', channel, 'roster') end
end
`

/**
 * Sets statuses of a node's users in a room. ARGV: lease, channel, '1' to remove all other users of the lease, then user,
 * status ('' removes) and name of each. Returns {1 if the room was empty before and is not now, users of the lease left}.
 */
export const updateRoster: Script = {
  name: 'hubbubSay',
  keys: 4,
  allowOom: true,
  lua: `
${rosterLua}
local wasEmpty = redis.call('EXISTS', ids) == 0
if ARGV[3] == '1' then
  local named = {}
  for i = 4, #ARGV, 3 do named[ARGV[i]] = true end
  for _, user in ipairs(redis.call('SMEMBERS', leaseMembers)) do
      if not named[user] then setStatus(user, '', '') end
  end
end
for i = 4, #ARGV, 3 do setStatus(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
notify()
return {wasEmpty and redis.call('EXISTS', ids) or 0, redis.call('SCARD', leaseMembers)}
`,
}

/** Removes up to ARGV[3] users of an expired lease from a room. Returns how many are left. */
export const removeMembers: Script = {
  name: 'hubbubTakeBack',
  keys: 4,
  allowOom: true,
  lua: `
${rosterLua}
for _, user in ipairs(redis.call('SRANDMEMBER', leaseMembers, tonumber(ARGV[3]))) do setStatus(user, '', '') end
notify()
return redis.call('SCARD', leaseMembers)
`,
}

/** A page of a room's users as of one instant: {users in the room, then id, name and "<lease>=<status> …" of each}. */
export const readRoster: Script = {
  name: 'hubbubHere',
  keys: 3,
  lua: `
local people, names, ids = KEYS[1], KEYS[2], KEYS[3]
local from = ARGV[1] == '' and '-' or '(' .. ARGV[1]
local users = redis.call('ZRANGEBYLEX', ids, from, '+', 'LIMIT', 0, ARGV[2])
local page = {redis.call('ZCARD', ids)}
if #users == 0 then return page end
-- One call for all users: rosters are read often.
local named, statuses = redis.call('HMGET', names, unpack(users)), redis.call('HMGET', people, unpack(users))
for i, user in ipairs(users) do
  page[#page + 1] = user
  page[#page + 1] = named[i] or ''
  page[#page + 1] = statuses[i] or ''
end
return page
`,
}

/** Records that a lease may have users in a room. */
export const listRoom: Script = {
  name: 'hubbubListRoom',
  keys: 1,
  allowOom: true,
  lua: `
return redis.call('SADD', KEYS[1], ARGV[1])
`,
}
