-- Carries out operations on locks in order, each as one step on its own lock; one that fails, fails alone.
--
-- KEYS  first for each operation two keys:
--         lock     "<holder>:<token>", then ":<tokens>" of a grant of several; expires with the lease
--         token    "<last token>", then ":<holder>" of the last release, then "+" while somebody stands in the queue
--       then for each operation two more:
--         wait     the queue: a sorted set of holders by time of arrival
--         waiters  a hash of who they are: "<client> <alive until> <claim time> <number that the token must exceed> <tokens>"
-- ARGV  1 prefix of the clients' channels, 2 this client, 3 retention of the token key in ms, 4 retention of the queue in ms,
--       5 how many receivers a hand-off needs to count as heard; then for each operation its word and what it takes:
--         try      holder, lease time in ms, number that the token must exceed, tokens
--         enqueue  the same, and the check interval in ms
--         release  holder
--         leave    holder
-- Reply: one line for each operation:
--         "+<token> <tokens> <1 if others wait, else 0>"        granted
--         "b<remaining ms>"                                     busy
--         "q<remaining ms> <check after, ms> <server time, µs>" queued
--         "1" or "0"                                            released, or not held any more
--         "-<code> <text>"                                      failed
--
-- A release with somebody in the queue grants the lock to the next waiter that is alive, for a short claim time, and publishes
-- "<holder> <token> <tokens> <1 if others wait, else 0> <claim time in ms> <server time in µs>" to that one's client. So does an
-- attempt that finds a free lock with a queue, unless it is its own turn.
--
-- Tokens are strings of digits throughout: a Lua number is exact up to 2^53 only.

local MAX_TOKEN = '9223372036854775807'
local CLAIM_TIME = 1000 -- ms: what a winner that died costs the others
local MISSED_CHECKS = 3 -- a waiter that stays silent for so many of its intervals has died
local PLACES = 8        -- one that stands so much further back asks half as often as the first
local MAX_DEAD = 64     -- how many dead waiters one call clears away

local channels, client, token_retention, queue_retention, receivers = unpack(ARGV, 1, 5)
local count = #KEYS / 4
local found = redis.call('MGET', unpack(KEYS, 1, 2 * count))

local written = {} -- what this call made of the strings that it found: a lock can be meant more than once
local gone = {}    -- clients that did not hear
local dead = 0
local time

-- of the operation under way
local index, lock_key, token_key, wait_key, waiters_key
local held, owner, token, tokens     -- the lock, and what it says
local record, last, released, waiting -- the token key, and what it says

local function fail(text)
  error({err = text}, 0)
end

-- Server time in µs, one moment for the whole call.
local function micros()
  if not time then
    local now = redis.call('TIME')
    time = string.format('%s%06d', now[1], now[2])
  end
  return time
end

local function greater(a, b)
  if #a ~= #b then
    return #a > #b
  end
  return a > b
end

-- digits + n, for n below 10^15
local function add(digits, n)
  local high, low = string.sub(digits, 1, -16), tonumber(string.sub(digits, -15)) + n
  if low >= 1e15 then
    high, low = string.format('%.0f', (tonumber(high) or 0) + 1), low - 1e15
  end
  return high == '' and string.format('%.0f', low) or high .. string.format('%015.0f', low)
end

local function read(key, at)
  local value = written[key]
  if value == nil then
    value = found[at]
  end
  return value
end

local function look(i)
  index = i
  lock_key, token_key = KEYS[2 * i - 1], KEYS[2 * i]
  wait_key, waiters_key = KEYS[2 * (count + i) - 1], KEYS[2 * (count + i)]
  held, record = read(lock_key, 2 * i - 1), read(token_key, 2 * i)
  owner, token, tokens = nil, nil, '1'
  if held then
    owner, token, tokens = string.match(held, '^(%x+):([1-9]%d*):?(%d*)$')
    tokens = tokens == '' and '1' or tokens
  end
  last, released, waiting = '0', '', false
  if record then
    last, released, waiting = string.match(record, '^([1-9]%d*):?(%x*)(%+?)$')
    waiting = waiting == '+'
  elseif owner then
    last = add(token, tokens - 1) -- the counter was evicted
  end
end

-- MGET reads a key of another type as missing; NX keeps such a key, as it is not ours.
local function set(key, value, milliseconds, exists)
  if not redis.call('SET', key, value, 'PX', milliseconds, exists and 'XX' or 'NX') then
    return false
  end
  written[key] = value
  return true
end

local function write_record()
  local value = last .. (released == '' and '' or ':' .. released) .. (waiting and '+' or '')
  if not set(token_key, value, token_retention, record) then
    return false
  end
  record = value
  return true
end

local function check_record()
  if not last then
    fail('FOREIGNKEY the token key is not of this lock')
  end
end

local function grant(holder, milliseconds, floor, wanted)
  check_record()
  local above = greater(floor, last) and floor or last
  local first = greater(micros(), above) and time or add(above, 1)
  local final = wanted == '1' and first or add(first, wanted - 1)
  if greater(final, MAX_TOKEN) then
    fail('TOKENOVERFLOW there is no token above ' .. above)
  end
  last = final
  if released == holder then
    released = '' -- what this holder released earlier says nothing about the grant that it gets now
  end
  if not write_record() then
    fail('FOREIGNKEY the token key is not of this lock')
  end
  local value = holder .. ':' .. first .. (wanted == '1' and '' or ':' .. wanted)
  if not set(lock_key, value, milliseconds, held) then
    fail('FOREIGNKEY the lock key is not of this lock')
  end
  held, owner, token, tokens = value, holder, first, wanted
end

local function contended()
  return waiting and '1' or '0'
end

-- Grants the lock to the first waiter that is alive, and tells its client; those before it lose their place. A queue that is not
-- ours counts as empty: a lock must come free whatever became of its queue. Ends at the one that asks: then it is that one's turn.
-- Answers whose turn it is; nobody's if "waiting" has become false, else the dead ones were too many for one call.
local function next_turn(asking)
  while dead < MAX_DEAD do
    local first = redis.pcall('ZPOPMIN', wait_key)[1]
    if not first then
      waiting = false
      return nil
    end
    local entry = redis.pcall('HGET', waiters_key, first)
    redis.pcall('HDEL', waiters_key, first)
    if first == asking then
      waiting = redis.call('ZCARD', wait_key) > 0
      return first
    end
    local its_client, alive_until, claim, floor, wanted =
      string.match(type(entry) == 'string' and entry or '', '^(%x+) (%d+) (%d+) (%d+) (%d+)$')
    if its_client and not gone[its_client] and first ~= owner and tonumber(micros()) < tonumber(alive_until) then
      waiting = redis.call('ZCARD', wait_key) > 0
      if pcall(grant, first, claim, floor, wanted) then
        local heard = redis.pcall('PUBLISH', channels .. its_client,
          table.concat({first, token, tokens, contended(), claim, time}, ' '))
        if type(heard) == 'number' and heard >= tonumber(receivers) then
          return first
        end
        gone[its_client] = true
      end
    end
    dead = dead + 1
  end
  return nil
end

-- Enters the queue, or shows that this waiter is alive: it keeps its place.
local function enqueue(holder, lease_time, floor, wanted, interval)
  check_record()
  redis.call('ZADD', wait_key, 'NX', micros() + index, holder)
  local place = redis.call('ZRANK', wait_key, holder)
  local check_after = math.floor(interval * (PLACES + place) / PLACES)
  redis.call('HSET', waiters_key, holder, string.format('%s %.0f %.0f %s %s', client,
    time + MISSED_CHECKS * check_after * 1000, math.min(CLAIM_TIME, lease_time), floor, wanted))
  redis.call('PEXPIRE', wait_key, queue_retention)
  redis.call('PEXPIRE', waiters_key, queue_retention)
  if not waiting then
    waiting = true
    if not write_record() then
      fail('FOREIGNKEY the token key is not of this lock')
    end
  end
  return check_after
end

local function attempt(holder, lease_time, floor, wanted, interval)
  if held and owner == holder then
    redis.call('PEXPIRE', lock_key, lease_time)
    return '+' .. token .. ' ' .. tokens .. ' ' .. contended()
  end
  if not held then
    local turn = waiting and next_turn(holder)
    if turn == holder or not turn and not waiting then
      grant(holder, lease_time, floor, wanted)
      return '+' .. token .. ' ' .. tokens .. ' ' .. contended()
    end
  end
  local remaining = held and redis.call('PTTL', lock_key) or 1
  if held and not owner or remaining < 0 then
    fail('FOREIGNKEY the lock key is not of this lock')
  end
  if not interval then
    return 'b' .. remaining
  end
  local check_after = enqueue(holder, lease_time, floor, wanted, interval)
  return 'q' .. remaining .. ' ' .. check_after .. ' ' .. time
end

-- DEL before SET: a server that is out of memory refuses a script that begins with SET.
local function free()
  if held then
    redis.call('DEL', lock_key)
    held, written[lock_key] = false, false
  end
  if last then
    write_record()
  end
end

local function release(holder)
  if owner ~= holder then
    return released == holder and '1' or '0'
  end
  released = holder
  if not (waiting and next_turn()) then
    free()
  end
  return '1'
end

local function leave(holder)
  if owner == holder then
    return release(holder)
  end
  if waiting then
    redis.pcall('ZREM', wait_key, holder)
    redis.pcall('HDEL', waiters_key, holder)
    if not held then
      if not next_turn() then
        free()
      end
    elseif redis.pcall('ZCARD', wait_key) == 0 then
      waiting = false
      write_record()
    end
  end
  return '0'
end

local operations = {
  try = {attempt, 4},
  enqueue = {attempt, 5},
  release = {release, 1},
  leave = {leave, 1},
}

local function carry_out(i, operation, at)
  look(i)
  return operation[1](unpack(ARGV, at + 1, at + operation[2]))
end

local replies = {}
local at = 6
for i = 1, count do
  local operation = operations[ARGV[at]]
  local done, reply = pcall(carry_out, i, operation, at)
  if not done then
    reply = '-' .. string.gsub(type(reply) == 'table' and reply.err or tostring(reply), '[\r\n]', ' ')
  end
  replies[i] = reply
  at = at + 1 + operation[2]
end
return table.concat(replies, '\n')
