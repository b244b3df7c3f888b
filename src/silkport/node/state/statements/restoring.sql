-- name: settle_peer
update peer set asks_since = 0, failures = 0, next_try = 0, last_error = '',
  settled_for = coalesce((select cast(value as integer) from meta where key = 'restored_at'), 0)
where peer = ?;

-- name: ask_peer
update peer set asks_since = ? where peer = ?;

-- name: add_unnumbered
insert into unnumbered (peer, kind, ref, body) values (?, ?, ?, ?);

-- name: unnumbered
select n, kind, ref, body from unnumbered where peer = ? order by n;

-- name: count_unnumbered
select count(*) from unnumbered where peer = ?;

-- name: remove_unnumbered
delete from unnumbered where peer = ?;

-- name: add_regained
insert into regained (peer, first, last, since, at, answer) values (?, ?, ?, ?, ?, ?);

-- name: regained
select first, last, since, at from regained where peer = ? order by first;

-- name: in_after
select seq, leaf, bytes from inbox where peer = ? and seq >= ? order by seq limit ?;

-- name: in_after_sizes
select length(bytes) from inbox where peer = ? and seq >= ? order by seq limit ?;

-- name: restoration
select since, first, last, received, log, seen, asked_at, accepted_at
from restoration where peer = ?;

-- name: set_restoration
insert or replace into restoration
  (peer, since, first, last, received, log, seen, signed, asked_at, accepted_at)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: accept_restoration
update restoration set accepted_at = ? where peer = ?;

-- name: head_before
select size, root from log_head where origin = ? and size <= ? order by size desc limit 1;

-- name: set_heads_aside
insert or ignore into lost_head (origin, size, root, at, key_id, signature, set_aside)
select origin, size, root, at, key_id, signature, ?3 from log_head where origin = ?1 and size > ?2;

-- name: remove_heads
delete from log_head where origin = ? and size > ?;

-- name: step_back
update peer set taken = min(taken, ?2), considered_there = min(considered_there, ?2),
  failures = 0, next_try = 0 where peer = ?1;

-- name: newest_leaf_alone
select max(seq) from outbox where peer = ? and seq >= ? and length(bytes) = 0;

-- name: skip_taken
update peer set taken = max(taken, ?) where peer = ?;

-- name: revive_peer_key
update peer_key set certificate = ?, fingerprint = ?, stop = ? where peer = ? and key_id = ?;
