-- Paces the requests of all processes and hosts. Times are microseconds of this server's clock.
--
-- KEYS[1] is a hash: `born`, when it was made; `tat`, the first moment at which the next request may
-- be sent by the pace alone; `pause` and `cooldown`, before which nothing is sent; `fastest`, how long
-- the fastest answers take of late. KEYS[2] holds the requests that still count, scored by the moment
-- from which they no longer do.

local LONGEST_WAIT = 600 * 1000000
local LIFETIME_MS = 7 * 24 * 3600 * 1000
local GO, RESERVED, LATER, REFUSED = 0, 1, 2, 3

local state_key, sends_key, operation, send = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- Lua writes large numbers with an exponent.
local function whole(number)
  return string.format('%.0f', number)
end

local function keep()
  redis.call('PEXPIRE', state_key, LIFETIME_MS)
  redis.call('PEXPIRE', sends_key, LIFETIME_MS)
end

local function read_state()
  local fields = redis.call('HMGET', state_key, 'born', 'tat', 'pause', 'cooldown')
  return fields[1], tonumber(fields[2] or 0), tonumber(fields[3] or 0), tonumber(fields[4] or 0)
end

if operation == 'responded' then
  -- It has arrived, so it counts no longer than from now, less what its answer took to come back.
  local slot, window, reserve = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
  -- It grows slowly: one answer that was slow on its way there says nothing of the way back.
  local known = tonumber(redis.call('HGET', state_key, 'fastest') or 0)
  local fastest = math.max(0, math.min(now - slot, known + known / 64 + 1))
  redis.call('HSET', state_key, 'fastest', whole(fastest))
  local arrived = now - math.max(0, fastest / 2 - reserve)
  redis.call('ZADD', sends_key, 'XX', 'LT', whole(math.max(arrived, slot) + window), send)
  return 1
end

if operation == 'pause' then
  local _, _, pause = read_state()
  local wanted = now + tonumber(ARGV[3])
  if wanted > pause then
    redis.call('HSET', state_key, 'pause', whole(wanted))
    keep()
  end
  return 1
end

local held, known = ARGV[3], ARGV[4]
local interval, window, grace = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local most, horizon, longest = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local is_last_try, late = ARGV[11] == '1', tonumber(ARGV[12])

local born, tat, pause, cooldown = read_state()
if born and tat > now + LONGEST_WAIT + interval then
  -- The clock was set back; what was sent before counts by the new one.
  redis.call('DEL', state_key, sends_key)
  born, tat, pause, cooldown = false, 0, 0, now + window + grace
  redis.call('HSET', state_key, 'cooldown', whole(cooldown))
end
if not born then
  born = whole(now)
  redis.call('HSET', state_key, 'born', born)
  keep()
end
if known ~= '' and known ~= born and tonumber(born) + window + grace > cooldown then
  -- The caller knew another hash: that one, and all that was sent just before, is forgotten.
  cooldown = tonumber(born) + window + grace
  redis.call('HSET', state_key, 'cooldown', whole(cooldown))
end

if held ~= '' then
  local slot = tonumber(held)
  if redis.call('ZSCORE', sends_key, send) and math.max(pause, cooldown) <= now then
    if now < slot then
      return { RESERVED, slot - now, held, born }
    end
    if now - slot <= late then
      return { GO, 0, held, born }
    end
    if is_last_try then
      redis.call('ZADD', sends_key, 'XX', 'GT', whole(now + window + grace), send)
      return { GO, 0, whole(now), born }
    end
  end
  redis.call('ZREM', sends_key, send)
end

redis.call('ZREMRANGEBYSCORE', sends_key, '-inf', whole(now))
local slot = math.max(now, tat, pause, cooldown)
-- From this one on, fewer than `most` of those before count.
local nth = redis.call('ZREVRANGE', sends_key, most - 1, most - 1, 'WITHSCORES')
if nth[2] then
  slot = math.max(slot, tonumber(nth[2]))
end
local wait = slot - now
if wait > longest then
  return { REFUSED, wait, '', born }
end
if horizon >= 0 and wait >= horizon then
  return { LATER, wait - horizon, '', born }
end
redis.call('ZADD', sends_key, whole(slot + window + grace), send)
redis.call('HSET', state_key, 'tat', whole(slot + interval))
keep()
return { wait > 0 and RESERVED or GO, wait, whole(slot), born }
