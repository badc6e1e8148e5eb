-- Charges one request to several sliding windows: to all of them, or to none when one is full.
--
-- KEYS     a log each: a sorted set of `weight:request`, scored by when it came, in microseconds,
--          and of `spent`, scored by minus the sum of the weights, so that it is always the first.
-- ARGV     the request's id; then limit, seconds and weight of each log.
-- returns  for each log whether it had room, what is left of it, and seconds: until the oldest
--          entry leaves or, when there was no room, until there would be.
--
-- Each entry comes once and goes once, so a call costs the same however much the log holds.
-- The same request under the same weight is charged once, however often it is sent.

local WALK = 100 -- entries to look through for the moment when there would be room

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local logs, full = {}, false

for i, key in ipairs(KEYS) do
  local limit, window = tonumber(ARGV[3 * i - 1]), ARGV[3 * i] * 1000000
  local weight = math.min(tonumber(ARGV[3 * i + 1]), limit)
  local first = redis.call('ZRANGE', key, 0, 1, 'WITHSCORES')
  local spent, oldest = -(first[2] or 0), tonumber(first[4])
  if oldest and oldest <= now - window then
    for _, entry in ipairs(redis.call('ZRANGEBYSCORE', key, 1, now - window)) do
      spent = spent - string.match(entry, '^%d+')
    end
    redis.call('ZREMRANGEBYSCORE', key, 1, now - window)
    redis.call('ZADD', key, -spent, 'spent')
    oldest = tonumber(redis.call('ZRANGE', key, 1, 1, 'WITHSCORES')[2])
  end
  local entry = weight .. ':' .. ARGV[1]
  local known = redis.call('ZSCORE', key, entry)
  local fits = known or spent + weight <= limit
  full = full or not fits
  logs[i] = {
    key = key, limit = limit, window = window, weight = weight, spent = spent,
    oldest = oldest, entry = entry, known = known, fits = fits,
  }
end

local answer = {}
for _, log in ipairs(logs) do
  local leaves = log.oldest
  if not full and not log.known then
    log.spent = log.spent + log.weight
    leaves = leaves or now
    redis.call('ZADD', log.key, now, log.entry, -log.spent, 'spent')
    redis.call('PEXPIRE', log.key, log.window / 1000)
  elseif not log.fits then
    local missing = log.spent + log.weight - log.limit
    local entries = redis.call('ZRANGE', log.key, 1, WALK, 'WITHSCORES')
    for j = 1, #entries, 2 do
      leaves = tonumber(entries[j + 1])
      missing = missing - string.match(entries[j], '^%d+')
      if missing <= 0 then break end
    end
  end
  answer[#answer + 1] = log.fits and 1 or 0
  answer[#answer + 1] = math.max(log.limit - log.spent, 0)
  answer[#answer + 1] = leaves and math.ceil((leaves + log.window - now) / 1000000) or 0
end
return answer
