#!lua name=nem12
-- The queue's Redis functions, in Lua. Every key starts with the prefix in KEYS[1], whose hash tag puts them all in one slot:
--   queued       zset id -> offered ms   everything that waits: status pending
--   pending:<home> zset id -> rank       of those, what can be claimed: oldest file creation first, then in order of arrival
--   delayed      zset id -> due ms       of those, what waits for a retry
--   in_progress  zset id -> lease ms     claimed, until the lease runs out
--   homes        zset home -> seen ms    a home is a spool: only loaders that have the file can load it
--   size         hash id -> bytes        of every live job, so that the bound survives the loss of a job's hash
--   job:<id>     hash                    everything about one job; expires some days after it ended
--   done:<status> zset entry -> ms       those that ended so; an entry (below) is the id and what is searched for
--   stat         hash                    live_bytes and a total per ended status
--   fence, epoch                         see claim
-- Only offer is denied at maxmemory, so that a full Redis can drain.

local kListed = 1000000 -- of each status
local kHistory = 4000   -- characters
local kEnded = {success = true, failed = true, rejected = true}

local function now()
    local t = redis.call('TIME')
    return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function names(K)
    local p = K[1]
    return {pending = p .. 'pending:', homes = p .. 'homes', delayed = p .. 'delayed', progress = p .. 'in_progress',
            queued = p .. 'queued', size = p .. 'size', stat = p .. 'stat', fence = p .. 'fence', epoch = p .. 'epoch',
            job = p .. 'job:', done = p .. 'done:'}
end

-- A missing epoch means a new or a flushed Redis; the caller brings a fresh random one.
local function ensure_epoch(k, fresh)
    redis.call('SETNX', k.epoch, fresh)
    return redis.call('GET', k.epoch)
end

local function home_of(k, id)
    return redis.call('HGET', k.job .. id, 'home') or ''
end

local function live(k, id)
    return redis.call('ZSCORE', k.pending .. home_of(k, id), id) or redis.call('ZSCORE', k.delayed, id)
        or redis.call('ZSCORE', k.progress, id)
end

local function live_jobs(k)
    return redis.call('ZCARD', k.queued) + redis.call('ZCARD', k.progress)
end

-- One line for each change of status: ms, status, and why or by whom. The beginning of a long life is cut off.
local function longer(history, t, status, detail)
    local line = t .. ' ' .. status .. ' ' .. string.gsub(string.sub(detail, 1, 300), '%c', ' ') .. '\n'
    local kept = history or ''
    if #kept + #line > kHistory then
        kept = string.match(string.sub(kept, -(kHistory - #line)), '\n(.*)$') or ''
    end
    return kept .. line
end

-- Of an ended job: what a search looks at, so that it reads sets and not each job's hash. No value has a control character.
local function entry_of(id, name, bytes, sender, rule)
    local function clean(text, most) return (string.gsub(string.sub(text or '', 1, most), '%c', ' ')) end
    return id .. '\tb=' .. (bytes or 0) .. '\ts=' .. clean(sender, 40) .. '\tr=' .. clean(rule, 60) .. '\tn='
        .. string.lower(clean(name, 200))
end

local function leave(k, id)
    redis.call('ZREM', k.pending .. home_of(k, id), id)
    redis.call('ZREM', k.delayed, id)
    redis.call('ZREM', k.progress, id)
    redis.call('ZREM', k.queued, id)
    local size = redis.call('HGET', k.size, id)
    if size then
        redis.call('HDEL', k.size, id)
        redis.call('HINCRBY', k.stat, 'live_bytes', 0 - size) -- `-size` of 0 would be '-0', which Redis refuses
    end
end

local function forget_end(k, id, status)
    if kEnded[status] then
        redis.call('ZREM', k.done .. status, id, redis.call('HGET', k.job .. id, 'entry') or id)
        redis.call('HINCRBY', k.stat, status, -1)
    end
end

-- Into the pending set with what the job's hash says; a delayed job comes back to its old place.
local function wait_again(k, id)
    local job = k.job .. id
    redis.call('ZREM', k.progress, id)
    redis.call('ZREM', k.delayed, id)
    redis.call('HSET', job, 'status', 'pending')
    redis.call('HDEL', job, 'worker')
    redis.call('ZADD', k.pending .. home_of(k, id), redis.call('HGET', job, 'rank') or 0, id)
    redis.call('ZADD', k.queued, redis.call('HGET', job, 'queued_ms') or now(), id)
end

-- A job that was not live becomes pending: new, reopened, or found without its place in a set.
local function enter(k, id, name, bytes, creation, home, sender, why)
    local job, t = k.job .. id, now()
    leave(k, id)
    redis.call('HSET', job, 'home', home)
    local arrival = redis.call('HINCRBY', k.stat, 'offered', 1) % 10000
    local rank = (tonumber(creation) or 0) * 10000 + arrival
    redis.call('HSET', job, 'name', name, 'bytes', bytes, 'rank', rank, 'queued_ms', t, 'sender', sender,
               'history', longer(redis.call('HGET', job, 'history'), t, 'pending', why))
    redis.call('HSETNX', job, 'attempts', 0)
    redis.call('HSETNX', job, 'deliveries', 0)
    redis.call('PERSIST', job)
    redis.call('HSET', k.size, id, bytes)
    redis.call('HINCRBY', k.stat, 'live_bytes', bytes)
    wait_again(k, id)
end

local function reopen(k, id, name, bytes, creation, home, sender)
    local job = k.job .. id
    forget_end(k, id, redis.call('HGET', job, 'status'))
    redis.call('HDEL', job, 'fence', 'reason', 'rule', 'entry', 'dismissed', 'started_ms', 'done_ms', 'attempts', 'deliveries',
               'alone')
    enter(k, id, name, bytes, creation, home, sender, 'again')
end

local function finish_as(k, id, status, reason, keep_seconds, rule)
    local job, t = k.job .. id, now()
    leave(k, id)
    local h = redis.call('HMGET', job, 'name', 'bytes', 'sender', 'history')
    local entry = entry_of(id, h[1], h[2], h[3], rule)
    redis.call('HSET', job, 'status', status, 'reason', reason, 'rule', rule, 'done_ms', t, 'entry', entry,
               'history', longer(h[4], t, status, reason))
    redis.call('HDEL', job, 'dismissed')
    redis.call('EXPIRE', job, keep_seconds)
    redis.call('HINCRBY', k.stat, status, 1)
    redis.call('ZADD', k.done .. status, t, entry)
    redis.call('ZREMRANGEBYRANK', k.done .. status, 0, -kListed - 1)
end

local function holds(k, id, fence, status)
    local h = redis.call('HMGET', k.job .. id, 'fence', 'status')
    return h[1] == fence and h[2] == status
end

-- A pending job whose home has not been seen for a lease's time goes to the one that offers the same content.
local function abandoned(k, id, status, home, lease_ms)
    local other = home_of(k, id)
    if status ~= 'pending' or other == home then return false end
    return (tonumber(redis.call('ZSCORE', k.homes, other) or 0) + lease_ms) < now()
end

local function offer_one(k, id, name, bytes, creation, most_jobs, most_bytes, home, lease_ms, sender)
    local status = redis.call('HGET', k.job .. id, 'status')
    if kEnded[status] then return 'duplicate' end
    if status and live(k, id) and not abandoned(k, id, status, home, lease_ms) then return 'duplicate' end
    local jobs = live_jobs(k)
    if jobs == 0 then -- also mends the sum after somebody deleted a key
        redis.call('DEL', k.size)
        redis.call('HSET', k.stat, 'live_bytes', 0)
    end
    local held = tonumber(redis.call('HGET', k.stat, 'live_bytes') or 0)
    -- A file larger than the bound goes in alone, or it would wait for ever.
    if jobs >= most_jobs or (jobs > 0 and held + bytes > most_bytes) then return 'full' end
    enter(k, id, name, bytes, creation, home, sender, 'taken in')
    return 'queued'
end

-- most jobs, most bytes, fresh epoch, home, lease ms, then for each job id, name, bytes, file creation, sender -> a word for
-- each
local function offer(K, A)
    local k, words = names(K), {}
    ensure_epoch(k, A[3])
    redis.call('ZADD', k.homes, now(), A[4])
    for n = 6, #A, 5 do
        words[#words + 1] = offer_one(k, A[n], A[n + 1], tonumber(A[n + 2]), A[n + 3], tonumber(A[1]), tonumber(A[2]), A[4],
                                      tonumber(A[5]), A[n + 4])
    end
    return words
end

-- The oldest job that can be claimed, or nil.
local function first_pending(k, home)
    local pending = k.pending .. home
    for _ = 1, 1000 do
        local id = redis.call('ZRANGE', pending, 0, 0)[1]
        if not id then return nil end
        if redis.call('HGET', k.job .. id, 'status') == 'pending' and home_of(k, id) == home then return id end
        -- Its hash is gone or says otherwise; the reconciler offers the file again if there is one.
        redis.call('ZREM', pending, id)
        if not live(k, id) then leave(k, id) end
    end
    return nil
end

local function take(k, id, worker, lease_ms, fresh)
    local job, t = k.job .. id, now()
    redis.call('ZREM', k.pending .. home_of(k, id), id)
    -- A lost counter goes on from the clock, so no fence of an epoch is ever given twice.
    redis.call('SETNX', k.fence, t)
    local fence = ensure_epoch(k, fresh) .. ':' .. redis.call('INCR', k.fence)
    redis.call('ZREM', k.queued, id)
    redis.call('ZADD', k.progress, t + tonumber(lease_ms), id)
    local h = redis.call('HMGET', job, 'name', 'attempts', 'queued_ms', 'history')
    redis.call('HSET', job, 'status', 'in_progress', 'fence', fence, 'worker', worker, 'started_ms', t,
               'history', longer(h[4], t, 'in_progress', worker))
    local deliveries = redis.call('HINCRBY', job, 'deliveries', 1)
    return {id, fence, h[1] or '', tonumber(h[2]) or 0, deliveries, t - (tonumber(h[3]) or t)}
end

-- worker, lease ms, fresh epoch, home, most jobs, most bytes -> {id, fence, name, attempts, deliveries, ms since offered} for each.
-- Several only of those that nobody has had in hand yet: a file that troubled somebody goes alone, and troubles no others.
local function claim(K, A)
    local k, most, room = names(K), tonumber(A[5]), tonumber(A[6])
    local claimed = {}
    while #claimed < most do
        local id = first_pending(k, A[4])
        if not id then break end
        local h = redis.call('HMGET', k.job .. id, 'deliveries', 'alone', 'bytes')
        local fresh = (tonumber(h[1]) or 0) == 0 and not h[2]
        room = room - (tonumber(h[3]) or 0)
        if #claimed > 0 and not (fresh and room >= 0) then break end
        claimed[#claimed + 1] = take(k, id, A[1], A[2], A[3])
        if not fresh then break end
    end
    return claimed
end

-- id, fence, lease ms
local function renew(K, A)
    local k = names(K)
    if not holds(k, A[1], A[2], 'in_progress') then return 0 end
    redis.call('ZADD', k.progress, now() + tonumber(A[3]), A[1])
    return 1
end

-- keep seconds, then for each job id, fence, status, reason, rule -> 1 or 0 for each. Saying it again is true again: an answer may have
-- been lost.
local function finish(K, A)
    local k, done = names(K), {}
    for n = 2, #A, 5 do
        if not kEnded[A[n + 2]] then return redis.error_reply('ERR not a final status') end
    end
    for n = 2, #A, 5 do
        local id, fence, status = A[n], A[n + 1], A[n + 2]
        if holds(k, id, fence, status) then
            done[#done + 1] = 1
        elseif holds(k, id, fence, 'in_progress') then
            finish_as(k, id, status, A[n + 3], A[1], A[n + 4])
            done[#done + 1] = 1
        else
            done[#done + 1] = 0
        end
    end
    return done
end

-- id, fence, delay ms, reason, 1 to count an attempt. An orderly return takes its delivery back: only deaths count.
local function retry(K, A)
    local k, id = names(K), A[1]
    local job = k.job .. id
    if holds(k, id, A[2], 'pending') then return 1 end
    if not holds(k, id, A[2], 'in_progress') then return 0 end
    redis.call('HINCRBY', job, 'deliveries', -1)
    if A[5] == '1' then redis.call('HINCRBY', job, 'attempts', 1) end
    redis.call('HSET', job, 'reason', A[4], 'alone', 1,
               'history', longer(redis.call('HGET', job, 'history'), now(), 'pending', A[4]))
    wait_again(k, id)
    if tonumber(A[3]) > 0 then
        redis.call('ZREM', k.pending .. home_of(k, id), id)
        redis.call('ZADD', k.delayed, now() + tonumber(A[3]), id)
    end
    return 1
end

-- id, name, bytes, file creation, status, reason, keep seconds, home, sender, rule, since when it is known in unix ms (0: now)
local function record(K, A)
    local k, id, status = names(K), A[1], A[5]
    local job = k.job .. id
    local h = redis.call('HMGET', job, 'status', 'dismissed')
    local current, sender = h[1], A[9] or ''
    local lease = redis.call('ZSCORE', k.progress, id)
    if current == 'in_progress' and lease and tonumber(lease) > now() then return 0 end -- its worker decides
    if status == 'pending' then
        if current and not kEnded[current] and live(k, id) then return 0 end
        reopen(k, id, A[2], A[3], A[4], A[8], sender)
        return 1
    end
    if not kEnded[status] then return redis.error_reply('ERR not a status to record') end
    if (current == status and not h[2]) or current == 'success' then return 0 end -- a dismissed one came again
    local known_ms = tonumber(A[11]) -- news that came late: the job was queued again since then
    if known_ms > 0 and live(k, id) and (tonumber(redis.call('HGET', job, 'queued_ms')) or 0) > known_ms then return 0 end
    forget_end(k, id, current)
    redis.call('HSET', job, 'name', A[2], 'bytes', A[3], 'rank', (tonumber(A[4]) or 0) * 10000, 'sender', sender)
    redis.call('HSETNX', job, 'queued_ms', now())
    redis.call('HSETNX', job, 'attempts', 0)
    redis.call('HSETNX', job, 'deliveries', 0)
    finish_as(k, id, status, A[6], A[7], A[10] or '')
    return 1
end

-- id, home: that of whoever has the file now
local function requeue(K, A)
    local k, id = names(K), A[1]
    local h = redis.call('HMGET', k.job .. id, 'status', 'name', 'bytes', 'rank', 'sender')
    if h[1] ~= 'failed' and h[1] ~= 'rejected' then return 0 end
    reopen(k, id, h[2] or '', h[3] or 0, math.floor((tonumber(h[4]) or 0) / 10000), A[2], h[5] or '')
    return 1
end

-- id. A failed or rejected job that nobody has to look at any more; its file comes back to the list when it is delivered again.
local function dismiss(K, A)
    local k, id = names(K), A[1]
    local h = redis.call('HMGET', k.job .. id, 'status', 'entry', 'history', 'dismissed')
    if (h[1] ~= 'failed' and h[1] ~= 'rejected') or h[4] then return 0 end
    redis.call('ZREM', k.done .. h[1], id, h[2] or id)
    redis.call('HSET', k.job .. id, 'dismissed', now(), 'history', longer(h[3], now(), h[1], 'dismissed'))
    return 1
end

-- most deliveries, most jobs in one call, keep seconds, home -> promoted, released, poisoned ids
local function sweep(K, A)
    local k, t = names(K), now()
    local promoted, released, poisoned = {}, {}, {}
    redis.call('ZADD', k.homes, t, A[4])
    for status in pairs(kEnded) do -- whose hashes have expired
        local old = redis.call('ZRANGEBYSCORE', k.done .. status, '-inf', t - tonumber(A[3]) * 1000, 'LIMIT', 0, A[2])
        if #old > 0 then redis.call('ZREM', k.done .. status, unpack(old)) end
    end
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', k.delayed, '-inf', t, 'LIMIT', 0, A[2])) do
        if redis.call('HGET', k.job .. id, 'status') == 'pending' then
            wait_again(k, id)
            promoted[#promoted + 1] = id
        else
            leave(k, id)
        end
    end
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', k.progress, '-inf', t, 'LIMIT', 0, A[2])) do
        local h = redis.call('HMGET', k.job .. id, 'status', 'deliveries')
        if h[1] ~= 'in_progress' then
            leave(k, id)
        elseif (tonumber(h[2]) or 0) >= tonumber(A[1]) then
            finish_as(k, id, 'failed', 'POISON: ' .. h[2] .. ' workers died with it', A[3], 'POISON')
            poisoned[#poisoned + 1] = id
        else
            local job = k.job .. id
            redis.call('HDEL', job, 'fence')
            redis.call('HSET', job, 'history', longer(redis.call('HGET', job, 'history'), t, 'pending', 'its lease ran out'))
            wait_again(k, id)
            released[#released + 1] = id
        end
    end
    return {promoted, released, poisoned}
end

-- -> pending, in_progress, success, failed, rejected, live bytes, age in ms of the oldest pending
local function counts(K)
    local k = names(K)
    local s = redis.call('HMGET', k.stat, 'success', 'failed', 'rejected', 'live_bytes')
    local oldest = redis.call('ZRANGE', k.queued, 0, 0, 'WITHSCORES')[2]
    return {redis.call('ZCARD', k.queued), redis.call('ZCARD', k.progress),
            tonumber(s[1]) or 0, tonumber(s[2]) or 0, tonumber(s[3]) or 0, tonumber(s[4]) or 0,
            oldest and math.max(0, now() - tonumber(oldest)) or 0}
end

-- id -> the fields and values of its hash
local function find(K, A)
    return redis.call('HGETALL', names(K).job .. A[1])
end

-- status, limit -> {id, fields and values of its hash} for each: living ones the oldest first, ended ones the latest first
local function list(K, A)
    local k, last, jobs = names(K), tonumber(A[2]) - 1, {}
    if last < 0 then return jobs end
    local ids
    if A[1] == 'in_progress' then ids = redis.call('ZRANGE', k.progress, 0, last)
    elseif A[1] == 'pending' then ids = redis.call('ZRANGE', k.queued, 0, last)
    else ids = redis.call('ZRANGE', k.done .. A[1], 0, last, 'REV') end
    for _, entry in ipairs(ids) do
        local id = string.match(entry, '^[^\t]*')
        if redis.call('HGET', k.job .. id, 'status') == A[1] then
            jobs[#jobs + 1] = {id, redis.call('HGETALL', k.job .. id)}
        end
    end
    return jobs
end

-- Ended jobs of a time, in its order, until visit(id, ms, entry) says true.
local function walk_ended(set, since, till, descending, visit)
    local first = redis.call('ZCOUNT', set, descending and '(' .. till or '-inf', descending and '+inf' or '(' .. since)
    local last = first + redis.call('ZCOUNT', set, since, till) - 1
    for at = first, last, 500 do
        local found
        if descending then found = redis.call('ZRANGE', set, at, math.min(at + 499, last), 'REV', 'WITHSCORES')
        else found = redis.call('ZRANGE', set, at, math.min(at + 499, last), 'WITHSCORES') end
        for i = 1, #found, 2 do
            if visit(found[i], tonumber(found[i + 1])) then return end
        end
    end
end

-- Living jobs: there are no more of them than the queue holds, and a search looks at the latest of them.
local kLiveLookedAt = 10000
local function walk_live(k, set, visit)
    for _, id in ipairs(redis.call('ZRANGE', set, 0, kLiveLookedAt - 1, 'REV')) do
        local h = redis.call('HMGET', k.job .. id, 'name', 'bytes', 'sender', 'queued_ms', 'started_ms')
        local ms = tonumber(set == k.progress and h[5] or h[4]) or 0
        visit(entry_of(id, h[1], h[2], h[3], ''), ms)
    end
end

local function matcher(sender, rule, name)
    local parts = {}
    if sender ~= '' then parts[1] = '\ts=' .. sender .. '\t' end
    if rule ~= '' then parts[#parts + 1] = '\tr=' .. rule .. '\t' end
    return function(entry)
        for i = 1, #parts do
            if not string.find(entry, parts[i], 1, true) then return false end
        end
        if name == '' then return true end
        local _, at = string.find(entry, '\tn=', 1, true)
        return at ~= nil and string.find(entry, name, at + 1, true) ~= nil
    end
end

-- The best `most` of what is added, in order of key and id, that come behind a key and id.
local function top(most, descending, after_key, after_id)
    local best = {}
    local function before(key, id, other_key, other_id)
        if key == other_key then
            if descending then return id > other_id else return id < other_id end
        end
        if descending then return key > other_key else return key < other_key end
    end
    return best, function(key, id)
        if after_key and not before(after_key, after_id, key, id) then return end
        local last = best[#best]
        if #best == most and not before(key, id, last[1], last[2]) then return end
        local at = #best
        while at > 0 and before(key, id, best[at][1], best[at][2]) do at = at - 1 end
        table.insert(best, at + 1, {key, id})
        if #best > most then table.remove(best) end
    end
end

-- statuses with commas, sender, rule, part of the name, from ms, to ms, order (time, name, bytes), 1: descending, limit, key and id
-- to go on behind -> how many match, then {key, id, fields and values of its hash} for each of the page
local function select_jobs(K, A)
    local k, sender, rule, name, descending = names(K), A[2], A[3], string.lower(A[4]), A[8] == '1'
    local since, till, order, most = tonumber(A[5]), tonumber(A[6]), A[7], tonumber(A[9])
    local after_key
    if A[11] ~= '' then after_key = order == 'name' and A[10] or tonumber(A[10]) end
    local best, add = top(most, descending, after_key, A[11])
    local matches, total = matcher(sender, rule, name), 0
    local function take(entry, ms)
        local id = string.match(entry, '^[^\t]*')
        if order == 'time' then add(ms, id)
        elseif order == 'bytes' then add(tonumber(string.match(entry, '\tb=(%d+)')) or 0, id)
        else add(string.match(entry, '\tn=(.*)$') or '', id) end
    end
    local plain = sender .. rule .. name == '' and order == 'time' -- the sets know how many, and which come first
    for status in string.gmatch(A[1], '[^,]+') do
        if kEnded[status] then
            local set = k.done .. status
            local from, to, seen = since, till, 0
            if plain then
                total = total + redis.call('ZCOUNT', set, since, till)
                if after_key and descending then to = math.min(till, after_key) elseif after_key then from = math.max(since, after_key) end
            end
            walk_ended(set, string.format('%d', from), string.format('%d', to), descending, function(entry, ms)
                if plain then
                    -- Those of the cursor's millisecond may stand before it.
                    if ms ~= after_key then seen = seen + 1 end
                    take(entry, ms)
                    return seen >= most
                end
                if matches(entry) then
                    total = total + 1
                    take(entry, ms)
                end
            end)
        else
            walk_live(k, status == 'pending' and k.queued or k.progress, function(entry, ms)
                if ms >= since and ms <= till and matches(entry) then
                    total = total + 1
                    take(entry, ms)
                end
            end)
        end
    end
    local page = {total}
    for _, job in ipairs(best) do
        page[#page + 1] = {order == 'name' and job[1] or string.format('%d', job[1]), job[2], redis.call('HGETALL', k.job .. job[2])}
    end
    return page
end

-- from ms -> status, sender, rule, number for each combination that ended since
local function tally(K, A)
    local k, found = names(K), {}
    for status in pairs(kEnded) do
        local numbers = {}
        walk_ended(k.done .. status, A[1], '+inf', true, function(entry)
            local key = string.match(entry, '\ts=([^\t]*\tr=[^\t]*)\t') or '\tr='
            numbers[key] = (numbers[key] or 0) + 1
        end)
        for key, number in pairs(numbers) do
            local sender, rule = string.match(key, '^(.*)\tr=(.*)$')
            found[#found + 1] = {status, sender, rule, number}
        end
    end
    return found
end

-- most jobs, most bytes -> jobs that may be offered
local function room(K, A)
    local k = names(K)
    local jobs = live_jobs(k)
    local held = tonumber(redis.call('HGET', k.stat, 'live_bytes') or 0)
    if jobs > 0 and held >= tonumber(A[2]) then return 0 end
    return math.max(tonumber(A[1]) - jobs, jobs == 0 and 1 or 0)
end

-- fresh epoch
local function epoch(K, A)
    return ensure_epoch(names(K), A[1])
end

local function register(name, callback, flag)
    redis.register_function{function_name = 'nem12_' .. name, callback = callback, flags = {flag}}
end
redis.register_function('nem12_offer', offer)
register('claim', claim, 'allow-oom')
register('renew', renew, 'allow-oom')
register('finish', finish, 'allow-oom')
register('retry', retry, 'allow-oom')
register('record', record, 'allow-oom')
register('requeue', requeue, 'allow-oom')
register('dismiss', dismiss, 'allow-oom')
register('sweep', sweep, 'allow-oom')
register('epoch', epoch, 'allow-oom')
register('counts', counts, 'no-writes')
register('find', find, 'no-writes')
register('list', list, 'no-writes')
register('select', select_jobs, 'no-writes')
register('tally', tally, 'no-writes')
register('room', room, 'no-writes')
