-- Starts lease times anew, each if its holder still has the lock.
--
-- KEYS  locks
-- ARGV  for each lock: holder, lease time in ms
-- Reply: one digit for each lock, 1 if the lease goes on, 0 if this holder has the lock no longer.

local held = redis.call('MGET', unpack(KEYS))
local renewed, find = {}, string.find
for i = 1, #KEYS do
  local holder = ARGV[2 * i - 1]
  -- MGET reads a key of another type as missing: then this holder has nothing there either
  if held[i] and find(held[i], holder .. ':', 1, true) == 1 then
    renewed[i] = redis.call('PEXPIRE', KEYS[i], ARGV[2 * i])
  else
    renewed[i] = 0
  end
end
return table.concat(renewed)
