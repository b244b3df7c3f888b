-- name: frontier
select size, peaks from log_frontier;

-- name: set_frontier
update log_frontier set size = ?, peaks = ? where one = 0;

-- name: add_run
insert into log_run (first, count, kind, about, ordinal, hashes) values (?, ?, ?, ?, ?, ?);

-- name: add_block
insert into log_block (block, hash) values (?, ?);

-- name: runs_between
select first, hashes from log_run
where first < ?2 and first >= (select coalesce(max(first), 0) from log_run where first <= ?1)
order by first;

-- name: run_about
select first, count, ordinal from log_run
where kind = ? and about = ? and ordinal <= ? order by ordinal desc limit 1;

-- name: all_runs
select first, count, kind, about, ordinal, hashes from log_run order by first;

-- name: blocks_between
select hash from log_block where block >= ? and block < ? order by block;

-- name: block_count
select count(*) from log_block;

-- name: add_head
insert or ignore into log_head (origin, size, root, at, key_id, signature)
values (?, ?, ?, ?, ?, ?);

-- name: heads_of
select size, root, at, key_id, signature from log_head where origin = ? order by size;

-- name: head_at
select root, at, key_id, signature from log_head where origin = ? and size = ?;

-- name: counted_rows
select 'sent', (select count(*) from outbox)
union all select 'received', (select count(*) from inbox)
union all select 'event', (select count(*) from event)
union all select 'act', (select count(*) from act)
union all select 'disclosed', (select count(*) from disclosure);

-- name: add_disclosure
insert into disclosure (peer, seq, record) values (?, ?, ?);

-- name: add_disclosed_party
insert or ignore into disclosed_party (party, peer, seq) values (?, ?, ?);

-- name: disclosures_about
select d.peer, d.seq, d.record from disclosed_party as p
join disclosure as d on d.peer = p.peer and d.seq = p.seq
where p.party = ?1 and (?2 = '' or p.peer = ?2) order by d.peer, d.seq;

-- name: disclosure_of
select record from disclosure where peer = ? and seq = ?;

-- name: disclosures_from
select seq, record from disclosure where peer = ? and seq >= ? order by seq limit ?;
