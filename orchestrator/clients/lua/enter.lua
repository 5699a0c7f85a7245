-- May a call to a source be made now? Atomic, and by Redis's clock.
-- KEYS: tripped, open, probe, pause, calls
-- ARGV: the call's token, the most calls at once, the longest a call takes (ms), 1 where the breaker is on
-- Gives {verdict, ms}: enter, probe, circuit_open, paused (until then), busy.
local tripped, open, probe, pause, calls = unpack(KEYS)
local token, most, longest = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local is_tripped = ARGV[4] == '1' and redis.call('EXISTS', tripped) == 1

if is_tripped and redis.call('EXISTS', open) == 1 then
  return {'circuit_open', redis.call('PTTL', open)}
end
local paused = redis.call('PTTL', pause)
if paused > 0 then
  return {'paused', paused}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', calls, '-inf', now)  -- of processes that died amid a call
if redis.call('ZCARD', calls) >= most then
  return {'busy', 0}
end
if is_tripped and not redis.call('SET', probe, token, 'NX', 'PX', longest) then
  return {'circuit_open', redis.call('PTTL', probe)}
end
redis.call('ZADD', calls, now + longest, token)
redis.call('PEXPIRE', calls, longest)
return {is_tripped and 'probe' or 'enter', 0}
