/** Lua that several scripts begin with. */

export const clock = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`

/**
 * A stored entry is "<messages up to and including it> <its JSON>". JSON is taken apart by patterns and never encoded
 * again, so a text stays what it was, byte for byte: within JSON a bare quote can only be the grammar's.
 */
export const entries = `
${clock}
local function opened(stored)
  local ordinal, json = string.match(stored, '^(%d+) (.*)$')
  return tonumber(ordinal), json
end

local function isMessage(stored)
  return string.find(stored, '^%d+ {"seq":%d+,"kind":"message"') ~= nil
end

local function atOf(stored)
  return tonumber(string.match(stored, '"at":(%d+)'))
end

-- The oldest seq that may be shown: an entry that is due for trimming is hidden from the moment it is due.
-- "at" never steps back, so among many the first one young enough is found by halving.
local function oldest(log, first, head, most, maxAge)
  local low, high = math.max(first, head - most + 1), head + 1
  if maxAge == 0 or low > head then return low end
  local since = now() - maxAge
  local function young(seq)
    local stored = redis.call('HGET', log, seq)
    return stored and atOf(stored) >= since
  end
  if young(low) then return low end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if young(middle) then high = middle else low = middle + 1 end
  end
  return low
end
`
