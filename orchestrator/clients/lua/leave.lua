-- A call has ended: frees its place, and opens or closes the circuit.
-- KEYS: tripped, open, probe, calls, outcomes
-- ARGV: the call's token, its outcome (answered, failed, other, unmade), the calls and ms that count, the fewest
--       calls and the share of failures that open the circuit, and for how long (ms)
-- Gives 'opened', 'closed' or ''.
local tripped, open, probe, calls, outcomes = unpack(KEYS)
local token, outcome = ARGV[1], ARGV[2]
local most, window, fewest, share, pause = unpack(ARGV, 3)

redis.call('ZREM', calls, token)
if redis.call('EXISTS', tripped) == 1 then
  if redis.call('GET', probe) ~= token then
    return ''  -- began before the circuit opened: says nothing about now
  end
  redis.call('DEL', probe)
  if outcome == 'unmade' then
    return ''
  end
  if outcome == 'failed' then
    redis.call('SET', open, '1', 'PX', pause)
    return 'opened'
  end
  redis.call('DEL', tripped, open)
  return 'closed'
end
if outcome == 'other' or outcome == 'unmade' then
  return ''
end
redis.call('LPUSH', outcomes, outcome)
redis.call('LTRIM', outcomes, 0, most - 1)
redis.call('PEXPIRE', outcomes, window)
local failed, all = 0, redis.call('LRANGE', outcomes, 0, -1)
for _, each in ipairs(all) do
  if each == 'failed' then failed = failed + 1 end
end
if outcome == 'failed' and #all >= tonumber(fewest) and failed >= #all * tonumber(share) then
  redis.call('SET', tripped, '1')
  redis.call('SET', open, '1', 'PX', pause)
  redis.call('DEL', outcomes)
  return 'opened'
end
return ''
