-- Takes one request back out of several sliding windows (see sliding_window.lua).
--
-- KEYS  the logs.   ARGV  the request's id; then limit and weight of each log.

for i, key in ipairs(KEYS) do
  local weight = math.min(tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1]))
  if redis.call('ZREM', key, weight .. ':' .. ARGV[1]) == 1 then
    redis.call('ZINCRBY', key, weight, 'spent')
  end
end
return redis.status_reply('OK')
