-- Takes back all that a holder has: the lock, its place in the queue, or its turn; and calls the next waiter.
--
-- KEYS  1 lock, 2 token, 3 wait: as in acquire.lua
-- ARGV  1 holder, 2 "<holder>:<client>", 3 prefix of the clients' channels, 4 retention of the token key in ms,
--       5 how many receivers a call needs to count as heard, 6 how long the lock is kept for a waiter that was called, in ms
-- Reply: "1" if this holder's lock is freed, also when this is a repeat and the first reply was lost; "0" if it had the lock no
-- longer.

local MAX_CALLS = 8

-- Waiters of dead clients stand in the queue too: a call that nobody hears goes on to the next. Errors are left to acquire.lua,
-- which refuses a queue that is not ours: a lock must come free whatever became of its queue.
local function call_next()
  local calls = 0
  while calls < MAX_CALLS do
    local first = redis.pcall('ZPOPMIN', KEYS[3])[1]
    if not first then
      return
    end
    if first ~= ARGV[2] then
      calls = calls + 1
      local waiter, client = string.match(first, '^(%x+):(%x+)$')
      local heard = waiter and redis.pcall('PUBLISH', ARGV[3] .. client, waiter)
      if type(heard) == 'number' and heard >= tonumber(ARGV[5]) then
        redis.call('SET', KEYS[1], waiter .. ':0', 'PX', ARGV[6], 'NX')
        break
      end
    end
  end
  redis.pcall('ZREM', KEYS[3], ARGV[2]) -- a holder that was granted the lock out of turn
end

local held, record = unpack(redis.call('MGET', KEYS[1], KEYS[2]))
local holder, token = string.match(held or '', '^(%x+):(%d+)$')
local last, released = string.match(record or '', '^([1-9]%d*):?(%x*)$')

if holder == ARGV[1] then
  redis.call('DEL', KEYS[1]) -- first: a server that is out of memory refuses a script that begins with SET
  local granted = token ~= '0'
  if granted and (last or not record) then
    redis.call('SET', KEYS[2], (last or token) .. ':' .. ARGV[1], 'PX', ARGV[4], record and 'XX' or 'NX')
  end
  call_next()
  return granted and '1' or '0'
end
if released == ARGV[1] then
  return '1'
end
if redis.pcall('ZREM', KEYS[3], ARGV[2]) == 0 and not held then
  call_next()
end
return '0'
