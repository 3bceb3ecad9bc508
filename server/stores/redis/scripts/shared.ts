/** Lua functions that several scripts start with. */

export const clockLua = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`

/**
 * A stored entry is "<messages up to and including it> <its JSON>". Patterns read the JSON and it is never encoded again,
 * so that texts stay byte for byte. That is safe since quotes within JSON strings are escaped.
 */
export const entriesLua = `
${clockLua}
local function parseStored(stored)
  local ordinal, json = string.match(stored, '^(%d+) (.*)$')
  return tonumber(ordinal), json
end

local function ordinalOf(stored)
  return tonumber(string.match(stored, '^%d+'))
end

local function isMessage(stored)
  return string.find(stored, '^%d+ {"seq":%d+,"kind":"message"') ~= nil
end

local function atOf(stored)
  return tonumber(string.match(stored, '"at":(%d+)'))
end

-- The oldest visible seq: an entry is hidden from the moment it is due for trimming. "at" and the ordinal never decrease,
-- so that a binary search finds the first entry within the limits.
local function oldest(log, first, head, messages, most, maxAge)
  if maxAge == 0 and head - first < most then return first end
  local low, high = first, head + 1
  local since = maxAge == 0 and 0 or now() - maxAge
  local function isShown(seq)
    local stored = redis.call('HGET', log, seq)
    return stored and messages - ordinalOf(stored) < most and atOf(stored) >= since
  end
  if low > head or isShown(low) then return low end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if isShown(middle) then high = middle else low = middle + 1 end
  end
  return low
end
`
