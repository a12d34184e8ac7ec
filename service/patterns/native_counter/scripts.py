# SPDX-License-Identifier: MIT
"""The steps of a hash of counters as Lua: each is atomic and touches one hash slot.

Closes: looking and stepping as two commands, between which the hash can go.
Race (why that is one script):
    1. writer W asks whether the hash is there; it is
    2. it expires, or is evicted
    3. W's HINCRBY creates a hash of one field, its value the step, its life without end
Does not: undo. A script that fails half way keeps what it did, so each checks before it changes,
    and one that cannot go on drops the hash.
Use:
    >>> async def main() -> tuple[bytes, int]:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         keys = "scripts:{42}:h", "scripts:{42}:l"
    ...         return await redis.eval(ADD, 2, *keys, 8, "likes", 1), await redis.exists(*keys)
    >>> asyncio.run(main())
    (b'not_cached', 0)

Source: redis.io, "HINCRBY", "Scripting with Lua".
"""

# KEYS: hashes. ARGV: fields. Answers the values of each. Twenty HGETALLs would be twenty replies.
READ = """
local found = {}
for i, key in ipairs(KEYS) do
  found[i] = redis.call('TYPE', key).ok == 'hash' and redis.call('HMGET', key, unpack(ARGV))
end
return found
"""

# The others: KEYS[1] hash, KEYS[2] lease. A lease stands only where no sound hash does: it is won
# by the very step that finds none, and who creates one drops it. Steps rely on that.

# ARGV: token, lease ms, fields. Answers the values found, else 1 for the lease won, else 0.
CLAIM = """
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
  local values, sound = redis.call('HMGET', KEYS[1], unpack(ARGV, 3)), true
  if values[#values] == 'absent' then return values end
  for _, value in ipairs(values) do
    sound = sound and value and #value <= 20 and string.match(value, '^-?%d+$')
  end
  if sound then return values end
end
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
redis.call('DEL', KEYS[1])
return 1
"""

# ARGV: token, ttl ms, field, value, ... An absent lease refuses like a foreign one: after an
# eviction or a flush a random token matches nothing, where a counter could match again.
CREATE = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

# ARGV: token.
RELEASE = """
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
"""

# ARGV: version, field, step, ... Where there is nothing to step the lease goes too: a load under
# way may have read the row without this step. The life of the hash is kept and not prolonged: it
# ends whatever error versions cannot see.
ADD = """
local function drop(why) redis.call('DEL', KEYS[1], KEYS[2]) return why end
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return drop('not_cached') end
local held, version = tonumber(redis.call('HGET', KEYS[1], 'version')), tonumber(ARGV[1])
if not held then return drop('not_cached') end
if held >= version then return 'repeated' end
if held < version - 1 then return drop('step_lost') end
for i = 2, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then return drop('not_cached') end
  local sum = redis.pcall('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
  if type(sum) == 'table' then return drop('not_cached') end
end
redis.call('HSET', KEYS[1], 'version', ARGV[1])
return 'added'
"""

DROP = "return redis.call('DEL', KEYS[1], KEYS[2])"
