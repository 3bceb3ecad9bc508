import type { Script } from '../connection.ts'

/**
 * What one lease says of one user, and whether anybody can see the difference. The status is merged as in
 * domain/status.ts.
 */
const rosterLua = `
local people, names, ids, spokenFor = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local lease, channel = ARGV[1], ARGV[2]
local visible = false

local function liveliest(words)
  local said = {}
  for status in string.gmatch(words or '', '=(%a+)') do said[status] = true end
  return said.busy and 'busy' or said.online and 'online' or said.away and 'away' or nil
end

local function say(user, status, name)
  local words = redis.call('HGET', people, user)
  local rest = {}
  for by, said in string.gmatch(words or '', '([^ =]+)=(%a+)') do
    if by ~= lease then rest[#rest + 1] = by .. '=' .. said end
  end
  if status ~= '' then
    rest[#rest + 1] = lease .. '=' .. status
    redis.call('SADD', spokenFor, user)
    if redis.call('HGET', names, user) ~= name then
      redis.call('HSET', names, user, name)
      visible = true
    end
  else
    redis.call('SREM', spokenFor, user)
  end
  local becomes = table.concat(rest, ' ')
  if liveliest(words) ~= liveliest(becomes) then visible = true end
  if becomes ~= '' then
    redis.call('HSET', people, user, becomes)
    redis.call('ZADD', ids, 0, user)
  elseif words then
    redis.call('HDEL', people, user)
    redis.call('HDEL', names, user)
    redis.call('ZREM', ids, user)
  end
end

local function tell()
  if visible then redis.call('SPUBLISH', channel, 'roster') end
end
`

/**
 * Takes in what a node says of its people: after lease and channel, `whole` ('1': and nobody else), then user, status
 * ('' for gone) and name of each. Answers {were the first people in the room, people this lease still speaks for}.
 */
export const updateRoster: Script = {
  name: 'hubbubSay',
  keys: 4,
  allowOom: true,
  lua: `
${rosterLua}
local nobody = redis.call('EXISTS', ids) == 0
if ARGV[3] == '1' then
  local named = {}
  for i = 4, #ARGV, 3 do named[ARGV[i]] = true end
  for _, user in ipairs(redis.call('SMEMBERS', spokenFor)) do
    if not named[user] then say(user, '', '') end
  end
end
for i = 4, #ARGV, 3 do say(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
tell()
return {nobody and redis.call('EXISTS', ids) or 0, redis.call('SCARD', spokenFor)}
`,
}

/** Takes back what a lapsed lease said, so many people at a time. Answers how many are left. */
export const removeMembers: Script = {
  name: 'hubbubTakeBack',
  keys: 4,
  allowOom: true,
  lua: `
${rosterLua}
for _, user in ipairs(redis.call('SRANDMEMBER', spokenFor, tonumber(ARGV[3]))) do say(user, '', '') end
tell()
return redis.call('SCARD', spokenFor)
`,
}

/** A page of people at one instant: {how many there are, then id, name and words of each}. */
export const readRoster: Script = {
  name: 'hubbubHere',
  keys: 3,
  lua: `
local people, names, ids = KEYS[1], KEYS[2], KEYS[3]
local from = ARGV[1] == '' and '-' or '(' .. ARGV[1]
local users = redis.call('ZRANGEBYLEX', ids, from, '+', 'LIMIT', 0, ARGV[2])
local page = {redis.call('ZCARD', ids)}
if #users == 0 then return page end
-- One call for all of them: this is what is read most.
local named, said = redis.call('HMGET', names, unpack(users)), redis.call('HMGET', people, unpack(users))
for i, user in ipairs(users) do
  page[#page + 1] = user
  page[#page + 1] = named[i] or ''
  page[#page + 1] = said[i] or ''
end
return page
`,
}

/** Notes that a lease has something to say of a room. */
export const listRoom: Script = {
  name: 'hubbubListRoom',
  keys: 1,
  allowOom: true,
  lua: `
return redis.call('SADD', KEYS[1], ARGV[1])
`,
}
