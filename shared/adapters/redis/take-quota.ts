/*
 * The meters of shared/quotas in Redis: the same arithmetic, in one step for all instances. A key holds one meter and
 * expires when nothing counts any more that was taken. Time is that of Redis, unless it is given, as tests do.
 */

/** KEYS: the meter. ARGV: algorithm, rate a second, burst in ms, least, want, time in ms or 0. */
export const TAKE_QUOTA = `
local key, algorithm = KEYS[1], ARGV[1]
local rate, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
local least, want, now = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if now == 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local PARTS, NEVER, SLACK = 50, -1, 1000

local function allowed(ms)
  if rate == 0 then return 0 end
  return math.max(1, rate * ms / 1000)
end

local function text(number) return string.format('%.17g', number) end

local function answer(amount, remaining, wait, reset)
  return { text(amount), text(remaining), text(wait), text(reset) }
end

local function granted(available)
  if least > available then return 0 end
  return math.max(least, math.min(want, available))
end

local function expire(reset)
  if reset >= 0 then redis.call('PEXPIRE', key, math.ceil(reset) + SLACK) end
end

if algorithm == 'token-bucket' or algorithm == 'leaky-bucket' then
  local state = redis.call('HMGET', key, 'level', 'at')
  local level, at = tonumber(state[1] or '0'), tonumber(state[2] or '0')
  now = math.max(now, at)
  level = math.max(0, level - (now - at) * rate / 1000)
  local capacity = allowed(burst)
  local holds = capacity
  if algorithm == 'leaky-bucket' then
    holds = allowed(1000)
    capacity = math.max(holds, capacity)
  end
  local available = math.max(0, holds - level)
  if level == 0 then available = capacity end
  local amount = granted(available)
  local wait = 0
  if least > capacity then wait = NEVER
  elseif amount < least then wait = math.max(0, level - math.max(0, holds - least)) * 1000 / rate end
  level = math.max(0, level + amount)
  local reset = 0
  if level > 0 then
    if rate == 0 then reset = NEVER else reset = level * 1000 / rate end
  end
  if amount ~= 0 then
    redis.call('HSET', key, 'level', text(level), 'at', text(now))
    expire(reset)
    available = math.max(0, holds - level)
    if level == 0 then available = capacity end
  end
  return answer(amount, available, wait, reset)
end

local capacity = allowed(burst)
if algorithm == 'fixed-window' then
  local start = math.floor(now / burst) * burst
  local state = redis.call('HMGET', key, 'start', 'taken')
  local taken = 0
  if tonumber(state[1] or '-1') >= start then
    start = tonumber(state[1])
    now = math.max(now, start)
    taken = tonumber(state[2])
  end
  local amount = granted(math.max(0, capacity - taken))
  local wait = 0
  if least > capacity then wait = NEVER elseif amount < least then wait = start + burst - now end
  taken = math.max(0, taken + amount)
  local reset = 0
  if taken > 0 then reset = start + burst - now end
  if amount ~= 0 then
    redis.call('HSET', key, 'start', text(start), 'taken', text(taken))
    expire(reset)
  end
  return answer(amount, math.max(0, capacity - taken), wait, reset)
end

-- sliding-window: a field for each part of the time that something was taken in, and how long these are.
local length = burst / PARTS
local part = math.floor(now / length)
local taken, sum, gone = {}, 0, {}
local fields = redis.call('HGETALL', key)
local before = length
for i = 1, #fields, 2 do
  if fields[i] == 'length' then before = tonumber(fields[i + 1]) end
end
local newest = math.floor(now / before)
for i = 1, #fields, 2 do
  if fields[i] ~= 'length' then newest = math.max(newest, tonumber(fields[i])) end
end
now = math.max(now, newest * before)
part = math.floor(now / length)
if before == length then part = newest end
for i = 1, #fields, 2 do
  local number = tonumber(fields[i])
  if number ~= nil then
    if number < newest - PARTS then gone[#gone + 1] = fields[i]
    else
      taken[number] = tonumber(fields[i + 1])
      sum = sum + taken[number]
    end
  end
end
if before ~= length then
  -- The burst was changed: what counts counts as taken now.
  taken = { [part] = sum }
  redis.call('DEL', key)
  redis.call('HSET', key, 'length', text(length), string.format('%.0f', part), text(sum))
elseif #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
local function untilLeft(left)
  local rest, number = sum, part - PARTS
  if rest <= left then return 0 end
  while rest > left and number <= part do
    rest = rest - (taken[number] or 0)
    number = number + 1
  end
  return (number + PARTS) * length - now
end
local amount = granted(math.max(0, capacity - sum))
local wait = 0
if least > capacity then wait = NEVER elseif amount < least then wait = untilLeft(capacity - least) end
if amount ~= 0 then
  local was = taken[part] or 0
  taken[part] = math.max(0, was + amount)
  sum = sum + taken[part] - was
  redis.call('HSET', key, 'length', text(length), string.format('%.0f', part), text(taken[part]))
end
local reset = untilLeft(0)
if amount ~= 0 or before ~= length then expire(reset) end
return answer(amount, math.max(0, capacity - sum), wait, reset)
`;
