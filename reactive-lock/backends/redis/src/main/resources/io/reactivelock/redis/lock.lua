-- Carries out operations on locks in order, each as one step on its own lock; one that fails, fails alone. A grant is the last that an
-- operation writes, so that one that failed granted nothing to who asked. What fails is caught here, but for the first command, which only reads: so
-- where the whole script fails, nothing was done.
--
-- KEYS  first for each operation two keys:
--         lock     "<holder>:<token>", then ":<tokens>:<its client's channel, if any>" of several tokens; expires with the lease
--         token    "<holder of the last release>:" or nothing, "<last token>", then "+" while somebody stands in the queue
--       then for each operation two more:
--         wait     the queue: a sorted set of holders by time of arrival
--         waiters  a hash of who they are: holder -> "<when it asks again at the latest> <when it has died>", in µs, what it asked for,
--                  and in a Cluster the node that it asked
-- ARGV  for each operation two:
--         what is asked for; times are in ms:
--           "try <lease time> <number that the token must exceed> <tokens>"
--           "enqueue", the same, and
--             "<check interval> <client's channel> <how many receivers a hand-off needs to count as heard> <claim time>"
--           "release" or "leave"
--         the holder
-- Reply: one line for each operation:
--         "+<token>", then " <tokens> <1 if others wait, else 0>" unless that is 1 and 0   granted
--         "b<remaining ms>"                                                                busy
--         "q<remaining ms> <check after, ms> <server time, µs>"                            queued
--         "1" or "0"                                                                       released, or not held any more
--         "-<code> <text>"                                                                 failed
--
-- A release with somebody in the queue grants the lock to the next waiter that is alive, for a short claim time, and publishes
-- "<holder> <token> <tokens> <1 if others wait, else 0> <claim time in ms> <server time in µs>" to that one's client; the time only if
-- that one asked this server, for another's clock says nothing to it. So does an attempt that finds a free lock with a queue, unless
-- it is its own turn. The first that comes to wait for a grant of several tokens
-- publishes "<holder>" to the client of that holder.
--
-- Tokens are strings of digits throughout: a Lua number is exact up to 2^53 only.

local TOKEN_RETENTION = '2592000000' -- 30 days: a name that nobody locks for so long leaves nothing behind
local QUEUE_RETENTION = 600000       -- 10 minutes longer than a waiter may stay silent
local MAX_TOKEN = '9223372036854775807'
local MISSED_CHECKS = 3              -- a waiter that stays silent for so many of its intervals has died
local PLACES = 8                     -- one that stands so much further back asks half as often as the first
local MAX_DEAD = 64                  -- how many dead waiters one call clears away

local call, try_call, match, sub = redis.call, redis.pcall, string.match, string.sub
local KEYS, ARGV = KEYS, ARGV
local count = #ARGV / 2
local found = call('MGET', unpack(KEYS, 1, 2 * count)) -- kept up to date
local places = {}      -- where in there a lock is that an earlier operation of this call meant too
local lease_times = {} -- by what was asked for: read once for all that ask for the same
local time             -- server time in µs, one moment for the whole call
local carry_out        -- all cases

local replies = {}
for i = 1, count do
  local lock_key, token_key, asked, holder = KEYS[2 * i - 1], KEYS[2 * i], ARGV[2 * i - 1], ARGV[2 * i]
  local at = places[lock_key] or i
  places[lock_key] = at
  local held, record = found[2 * at - 1], found[2 * at]
  local reply

  -- The usual cases, without a queue: a free lock is taken, or its holder frees it. They do what the code below does for all cases,
  -- in fewer steps and without a function, for to make one costs as much as some of the steps.
  if held and record and asked == 'release' then
    local token = match(held, '^:[1-9]%d*$', 33)
    if token and sub(held, 1, 32) == holder and (sub(record, 33) == token or ':' .. record == token) then
      if type(try_call('DEL', lock_key)) == 'number' then
        try_call('SET', token_key, held, 'KEEPTTL')
        found[2 * at - 1], found[2 * at] = false, held
        reply = '1'
      end
    end
  elseif not held then
    local lease_time = lease_times[asked]
    if lease_time == nil then
      lease_time = match(asked, '^%l+ (%d+) 0 1 ') or match(asked, '^try (%d+) 0 1$') or false
      lease_times[asked] = lease_time
    end
    if not time then
      local now = try_call('TIME')
      time = now[1] and now[1] .. sub('00000' .. now[2], -6)
    end
    local last = record and match(record, '^:([1-9]%d*)$', 33)
    if lease_time and time and (not record or last and #last == #time and last < time and sub(record, 1, 32) ~= holder) then
      local value = holder .. ':' .. time
      local counter = last and sub(record, 1, 33) .. time or time
      -- MGET reads a key of another type as missing; NX keeps such a key, as it is not ours
      local set = try_call('SET', token_key, counter, 'PX', TOKEN_RETENTION, record and 'XX' or 'NX')
      if set and not set.err then
        found[2 * at] = counter
        set = try_call('SET', lock_key, value, 'PX', lease_time, 'NX')
        if set and not set.err then
          found[2 * at - 1] = value
          reply = '+' .. time
        end
      end
      if not reply then
        reply = '-' .. (set and set.err or 'FOREIGNKEY a key is not of this lock')
      end
    end
  end

  if not reply then
    if not carry_out then
      -- All cases. These functions are made for a call that needs them only.
      local function micros()
        if not time then
          local now = call('TIME')
          time = now[1] .. sub('00000' .. now[2], -6)
        end
        return time
      end

      local function greater(a, b)
        if #a ~= #b then
          return #a > #b
        end
        return a > b
      end

      local gone = {} -- channels on which nobody heard
      local dead = 0

      -- of the operation under way
      local index, place, lock_key, token_key, wait_key, waiters_key
      local held, owner, token, tokens, home -- the lock, and what it says
      local record, last, released, waiting -- the token key, and what it says

      local function fail(text)
        error({err = text}, 0)
      end

      -- digits + n, for n below 10^15
      local function add(digits, n)
        local high, low = sub(digits, 1, -16), tonumber(sub(digits, -15)) + n
        if low >= 1e15 then
          high, low = string.format('%.0f', (tonumber(high) or 0) + 1), low - 1e15
        end
        return high == '' and string.format('%.0f', low) or high .. string.format('%015.0f', low)
      end

      local function look(i, at)
        index, place = i, at
        lock_key, token_key = KEYS[2 * i - 1], KEYS[2 * i]
        wait_key, waiters_key = KEYS[2 * (count + i) - 1], KEYS[2 * (count + i)]
        held, record = found[2 * at - 1], found[2 * at]
        owner, token, tokens, home = nil, nil, '1', nil
        if held then
          owner, token = match(held, '^(%x+):([1-9]%d*)$')
          if not owner then
            owner, token, tokens, home = match(held, '^(%x+):([1-9]%d*):(%d+):(%S*)$')
          end
        end
        last, released, waiting = '0', '', false
        if record then
          released, last, waiting = match(record, '^(%x+):([1-9]%d*)(%+?)$')
          if not last or #released ~= 32 then
            released, last, waiting = '', match(record, '^([1-9]%d*)(%+?)$')
          end
          waiting = waiting == '+'
        elseif owner then
          last = add(token, tokens - 1) -- the counter was evicted
        end
      end

      -- MGET reads a key of another type as missing; NX keeps such a key, as it is not ours.
      local function set(key, value, milliseconds, exists)
        return call('SET', key, value, 'PX', milliseconds, exists and 'XX' or 'NX')
      end

      local function write_record()
        local value = (released == '' and '' or released .. ':') .. last .. (waiting and '+' or '')
        if not set(token_key, value, TOKEN_RETENTION, record) then
          return false
        end
        record, found[2 * place] = value, value
        return true
      end

      local function check_record()
        if not last then
          fail('FOREIGNKEY the token key is not of this lock')
        end
      end

      local function grant(holder, milliseconds, floor, wanted, channel)
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
        local value = holder .. ':' .. first .. (wanted == '1' and '' or ':' .. wanted .. ':' .. (channel or ''))
        if not set(lock_key, value, milliseconds, held) then
          fail('FOREIGNKEY the lock key is not of this lock')
        end
        held, owner, token, tokens, home, found[2 * place - 1] = value, holder, first, wanted, channel or '', value
      end

      -- Which of several servers this is; '' where there is one, and nil where it does not tell.
      local function node(receivers)
        if receivers ~= '0' then
          return ''
        end
        local id = redis.pcall('CLUSTER', 'MYID')
        return type(id) == 'string' and id or nil
      end

      -- Lets a key of the queue outlive this waiter's silence, and does not shorten what another's needs.
      local function keep(key, silence)
        if call('PTTL', key) < silence + QUEUE_RETENTION / 2 then
          call('PEXPIRE', key, silence + QUEUE_RETENTION)
        end
      end

      local function contended()
        return waiting and '1' or '0'
      end

      local function granted()
        return '+' .. token .. (tokens == '1' and not waiting and '' or ' ' .. tokens .. ' ' .. contended())
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
            waiting = call('ZCARD', wait_key) > 0
            return first
          end
          local due, alive_until, claim, floor, wanted, channel, receivers, asked =
            match(type(entry) == 'string' and entry or '', '^(%d+) (%d+) (%d+) (%d+) (%d+) (%S+) (%d) ?(%x*)$')
          local overdue = due and tonumber(micros()) >= tonumber(due)
          if due and not (overdue and gone[channel]) and first ~= owner and tonumber(time) < tonumber(alive_until) then
            waiting = call('ZCARD', wait_key) > 0
            if pcall(grant, first, claim, floor, wanted, channel) then
              local heard = redis.pcall('PUBLISH', channel,
                table.concat({first, token, tokens, contended(), claim, asked == node(receivers) and time or nil}, ' '))
              -- one that did not hear but is not overdue may be about to subscribe, at first or again: it asks before long
              if not overdue or type(heard) == 'number' and heard >= tonumber(receivers) then
                return first
              end
              gone[channel] = true
            end
          end
          dead = dead + 1
        end
        return nil
      end

      -- Enters the queue, or shows that this waiter is alive: it keeps its place.
      local function enqueue(holder, floor, wanted, interval, channel, receivers, claim)
        check_record()
        call('ZADD', wait_key, 'NX', micros() + index, holder)
        local place = call('ZRANK', wait_key, holder)
        local check_after = math.floor(interval * (PLACES + place) / PLACES)
        local due = time + check_after * 1000
        call('HSET', waiters_key, holder, string.format('%.0f %.0f %s %s %s %s %s %s', due,
          due + (MISSED_CHECKS - 1) * check_after * 1000, claim, floor, wanted, channel, receivers, node(receivers) or ''))
        keep(wait_key, MISSED_CHECKS * check_after)
        keep(waiters_key, MISSED_CHECKS * check_after)
        if not waiting then
          waiting = true
          if not write_record() then
            fail('FOREIGNKEY the token key is not of this lock')
          end
          if held and tokens ~= '1' and home ~= '' then
            redis.pcall('PUBLISH', home, owner)
          end
        end
        return check_after
      end

      local function attempt(holder, lease_time, floor, wanted, interval, channel, receivers, claim)
        if held and owner == holder then
          call('PEXPIRE', lock_key, lease_time)
          return granted()
        end
        if not held then
          local turn = waiting and next_turn(holder)
          if turn == holder or not turn and not waiting then
            grant(holder, lease_time, floor, wanted, channel)
            return granted()
          end
        end
        local remaining = held and call('PTTL', lock_key) or 1
        if held and not owner or remaining < 0 then
          fail('FOREIGNKEY the lock key is not of this lock')
        end
        if not interval then
          return 'b' .. remaining
        end
        local check_after = enqueue(holder, floor, wanted, interval, channel, receivers, claim)
        return 'q' .. remaining .. ' ' .. check_after .. ' ' .. time
      end

      -- DEL before SET: a server that is out of memory refuses a script that begins with SET.
      local function free()
        if held then
          call('DEL', lock_key)
          held, found[2 * place - 1] = false, false
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

      carry_out = function(i, at, asked, holder)
        look(i, at)
        if asked == 'release' then
          return release(holder)
        elseif asked == 'leave' then
          return leave(holder)
        end
        local lease_time, floor, wanted, rest = match(asked, '^%l+ (%d+) (%d+) (%d+) ?(.*)$')
        return attempt(holder, lease_time, floor, wanted, match(rest, '^(%d+) (%S+) (%d) (%d+)$'))
      end
    end
    local done
    done, reply = pcall(carry_out, i, at, asked, holder)
    if not done then
      reply = '-' .. (type(reply) == 'table' and reply.err or tostring(reply))
    end
  end
  if sub(reply, 1, 1) == '-' then
    reply = string.gsub(reply, '[\r\n]', ' ')
  end
  replies[i] = reply
end
return count == 1 and replies[1] or table.concat(replies, '\n')
