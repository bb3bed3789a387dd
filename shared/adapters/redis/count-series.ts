/*
 * How many series tenants have in which partition. A partition is a hash: tenant to number, and under '' the token of who
 * holds it, who alone writes to it; so a partition that moves is counted once, by whoever holds it, and one whose holder
 * was killed goes on counting until another begins with it. Partitions are found by a sorted set, with the time at which they
 * are forgotten if nobody counts in them. The sum over partitions is made anew each time: nothing can drift.
 */

/**
 * KEYS: the sorted set. ARGV: partition, token, 1 to begin, milliseconds to keep, partitions expected, need, limit; then
 * tenants, each with its number.
 *
 * Answers the outcome (0 counted, 1 lost, 2 taken), the partitions counted, what is granted, and the sum of each tenant.
 */
export const COUNT_SERIES = `
local index = KEYS[1]
local partition, token, begins = ARGV[1], ARGV[2], ARGV[3] == '1'
local keep, expected = tonumber(ARGV[4]), tonumber(ARGV[5])
local need, limit = tonumber(ARGV[6]), tonumber(ARGV[7])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local own = index .. ':' .. partition
if begins then
  redis.call('DEL', own)
  redis.call('HSET', own, '', token)
else
  local holder = redis.call('HGET', own, '')
  if not holder then return { 1, 0, 0 } end
  if holder ~= token then return { 2, 0, 0 } end
end
redis.call('ZADD', index, now + keep, partition)
redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
redis.call('PEXPIRE', own, keep)
redis.call('PEXPIRE', index, keep)
local fields, sums = { '' }, {}
for i = 8, #ARGV, 2 do
  fields[#fields + 1] = ARGV[i]
  sums[#sums + 1] = 0
  if ARGV[i + 1] == '0' then redis.call('HDEL', own, ARGV[i])
  else redis.call('HSET', own, ARGV[i], ARGV[i + 1]) end
end
local counted = 0
if #sums == 0 then counted = redis.call('ZCARD', index)
else
  for _, other in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    local values = redis.call('HMGET', index .. ':' .. other, unpack(fields))
    if values[1] then
      counted = counted + 1
      for i = 1, #sums do sums[i] = sums[i] + tonumber(values[i + 1] or '0') end
    end
  end
end
local granted = 0
if need > 0 and #sums > 0 and counted >= expected then
  granted = math.max(0, math.min(need, limit - sums[1]))
  if granted > 0 then
    redis.call('HINCRBY', own, fields[2], granted)
    sums[1] = sums[1] + granted
  end
end
return { 0, counted, granted, unpack(sums) }
`;
