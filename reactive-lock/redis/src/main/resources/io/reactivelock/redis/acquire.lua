-- Grants the lock if it is free or has this holder already; otherwise tells for how long it is held.
--
-- KEYS  1 lock   "<holder>:<token>", expires with the lease; "<holder>:0" is kept for a waiter that was called
--       2 token  "<last token>", then ":<holder>" of the last release
--       3 wait   only of a holder that wants to stand in the queue; sorted set of "<holder>:<client>" by time of arrival
-- ARGV  1 holder, 2 lease time in ms, 3 number that the token must exceed, 4 retention of the token key in ms,
--       5 "<holder>:<client>", 6 retention of the queue in ms
-- Reply: "<token>" when granted, "held <remaining ms>" when held.
--
-- Tokens are strings of digits throughout: a Lua number is exact up to 2^53 only.

local MAX_TOKEN = '9223372036854775807'

local function greater(a, b)
  if #a ~= #b then
    return #a > #b
  end
  return a > b
end

local function increment(digits)
  local head, nines = string.match(digits, '^(%d-)(9*)$')
  local last = head == '' and '1' or string.sub(head, 1, -2) .. string.char(string.byte(head, -1) + 1)
  return last .. string.rep('0', #nines)
end

local function micros()
  local time = redis.call('TIME')
  return string.format('%s%06d', time[1], time[2])
end

local function foreign(what)
  return redis.error_reply('FOREIGNKEY the ' .. what .. ' key is not of this lock')
end

local held, record = unpack(redis.call('MGET', KEYS[1], KEYS[2]))

if held then
  local holder, token = string.match(held, '^(%x+):(%d+)$')
  if holder ~= ARGV[1] then
    local remaining = redis.call('PTTL', KEYS[1])
    if not holder or remaining < 0 then
      return foreign('lock')
    end
    if KEYS[3] then
      redis.call('ZADD', KEYS[3], 'NX', micros(), ARGV[5])
      redis.call('PEXPIRE', KEYS[3], ARGV[6])
    end
    return 'held ' .. remaining
  end
  if token ~= '0' then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return token
  end
end

local last, released = '0', ''
if record then
  last, released = string.match(record, '^([1-9]%d*)(:?%x*)$')
  if not last then
    return foreign('token')
  end
  if released == ':' .. ARGV[1] then
    released = '' -- what this holder released earlier says nothing about the grant that it gets now
  end
end

local above = greater(ARGV[3], last) and ARGV[3] or last
if not greater(MAX_TOKEN, above) then
  return redis.error_reply('TOKENOVERFLOW there is no token above ' .. above)
end
local now = micros()
local token = greater(now, above) and now or increment(above)

-- MGET reads a key of another type as missing; NX keeps such a key, as it is not ours
if not redis.call('SET', KEYS[2], token .. released, 'PX', ARGV[4], record and 'XX' or 'NX') then
  return foreign('token')
end
if not redis.call('SET', KEYS[1], ARGV[1] .. ':' .. token, 'PX', ARGV[2], held and 'XX' or 'NX') then
  return foreign('lock')
end
return token
