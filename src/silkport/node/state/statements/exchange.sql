-- name: add_peer
insert into peer (peer, administration, name, competence, url, state)
values (?, ?, ?, ?, ?, 'active');

-- name: peer
select peer, administration, name, competence, url, state, reason, received, considered, queued, taken,
  considered_there, failures, next_try, last_error, last_heard, head_size, head_root, told_size,
  case when asks_since > 0 then asks_since else coalesce((select cast(value as integer) from meta
    where key = 'restored_at' and cast(value as integer) <> settled_for), 0) end
from peer where peer = ?;

-- name: peers
select peer, administration, name, competence, url, state, reason, received, considered, queued, taken,
  considered_there, failures, next_try, last_error, last_heard, head_size, head_root, told_size,
  case when asks_since > 0 then asks_since else coalesce((select cast(value as integer) from meta
    where key = 'restored_at' and cast(value as integer) <> settled_for), 0) end
from peer order by peer;

-- name: set_peer_state
update peer set state = ?, reason = ?, failures = 0, next_try = 0 where peer = ?;

-- name: set_peer_url
update peer set name = ?, url = ?, competence = ? where peer = ?;

-- name: add_peer_key
insert or ignore into peer_key (peer, key_id, public, certificate, fingerprint, since, stop)
values (?, ?, ?, ?, ?, ?, ?);

-- name: peer_by_fingerprint
select peer from peer_key where fingerprint = ? and stop > ? limit 1;

-- name: peer_by_certificate
select peer from peer_key where fingerprint = ? and peer <> ? limit 1;

-- name: stop_other_keys
update peer_key set stop = min(stop, ?) where peer = ? and key_id <> ?;

-- name: peer_keys
select key_id, public, certificate, since, stop from peer_key where peer = ? order by since;

-- name: peer_key
select public, since, stop from peer_key where peer = ? and key_id = ?;

-- name: certificates
select peer, certificate, stop from peer_key order by peer, since;

-- name: add_own_key
insert into own_key (key_id, public, sealed, certificate, tls_sealed, state, since)
values (?, ?, ?, ?, ?, ?, ?);

-- name: own_keys
select key_id, public, sealed, certificate, tls_sealed, state, since from own_key
order by since, key_id;

-- name: set_own_key_state
update own_key set state = ? where key_id = ?;

-- name: tell_own_key
insert or replace into own_key_told (key_id, peer, seq) values (?, ?, ?);

-- name: own_key_told
select key_id, seq from own_key_told where peer = ?;

-- name: own_key_lacking
select p.peer, t.seq from peer as p left join own_key_told as t on t.peer = p.peer and t.key_id = ?1
where t.seq = ?2 or (t.seq is null and ?3) order by p.peer;

-- name: own_key_untold
select t.peer from own_key_told as t join peer as p on p.peer = t.peer
where t.key_id = ?1 and t.seq > 0 and t.seq <> ?2 and p.state = 'active';

-- name: add_out
insert into outbox (peer, seq, kind, about, at, leaf, bytes) values (?, ?, ?, ?, ?, ?, ?);

-- name: set_queued
update peer set queued = ? where peer = ?;

-- name: out_from
select seq, leaf, bytes from outbox where peer = ? and seq >= ? order by seq limit ?;

-- name: out_sizes
select length(bytes) from outbox where peer = ? and seq >= ? order by seq limit ?;

-- name: out_at
select bytes, at, kind, about from outbox where peer = ? and seq = ? and length(bytes) > 0;

-- name: oldest_out
select at from outbox where peer = ? and seq = ?;

-- name: set_taken
update peer set taken = max(taken, ?), failures = 0, next_try = 0, last_error = '',
  last_heard = ?, told_size = max(told_size, ?) where peer = ?;

-- name: rewind
update peer set taken = min(taken, ?) where peer = ?;

-- name: set_told_size
update peer set told_size = ? where peer = ?;

-- name: set_failure
update peer set failures = failures + 1, next_try = ?, last_error = ? where peer = ?;

-- name: set_pause
update peer set next_try = ?, last_error = ? where peer = ?;

-- name: add_in
insert into inbox (peer, seq, at, leaf, bytes) values (?, ?, ?, ?, ?);

-- name: set_received
update peer set received = ?, last_heard = ?, told_size = max(told_size, ?),
  next_try = 0 -- it is there: what waits for it need not wait longer
where peer = ?;

-- name: set_head
update peer set head_size = ?, head_root = ? where peer = ?;

-- name: in_leaves
select leaf from inbox where peer = ? and seq >= ? and seq <= ? order by seq;

-- name: in_from
select seq, bytes from inbox where peer = ? and seq > ? order by seq limit ?;

-- name: in_sizes
select length(bytes) from inbox where peer = ? and seq > ? order by seq limit ?;

-- name: store_bytes
select page_count * page_size from pragma_page_count(), pragma_page_size();

-- name: waiting_bytes
select (select coalesce(sum(length(bytes)), 0) from inbox where peer = ?1 and seq > ?2)
  + (select coalesce(sum(length(m.bytes)), 0) from parked as p
     join inbox as m on m.peer = p.peer and m.seq = p.seq where p.peer = ?1);

-- name: in_at
select bytes, at from inbox where peer = ? and seq = ? and length(bytes) > 0;

-- name: add_evidence
-- What was signed first stays: messages that are sent again are proven already.
insert or ignore into evidence (peer, direction, first, last, header, receipt)
values (?, ?, ?, ?, ?, ?);

-- name: evidence_of
select direction, first, last, header, receipt from evidence where peer = ?
order by direction, last;

-- name: evidence_for
select first, last, header, receipt from evidence
where peer = ? and direction = ? and last >= ? order by last limit 1;

-- name: set_considered
update peer set considered = ? where peer = ?;

-- name: set_considered_there
update peer set considered_there = max(considered_there, ?) where peer = ?;

-- name: add_parked
insert or replace into parked (peer, seq, about, code, reason, at) values (?, ?, ?, ?, ?, ?);

-- name: some_parked
select seq from parked where peer = ? limit 1;

-- name: first_parked
select seq from parked where peer = ? and about = ? and about <> '' order by seq limit 1;

-- name: parked
select peer, seq, about, code, reason, at from parked order by peer, seq;

-- name: parked_of
select seq, about, code from parked where peer = ? order by seq;

-- name: parked_sizes
select length(m.bytes) from parked as p join inbox as m on m.peer = p.peer and m.seq = p.seq
where p.peer = ? and p.seq > ? order by p.seq limit ?;

-- name: parked_from
select p.seq, m.bytes from parked as p join inbox as m on m.peer = p.peer and m.seq = p.seq
where p.peer = ? and p.seq > ? order by p.seq limit ?;

-- name: unpark
delete from parked where peer = ? and seq = ?;

-- name: count_parked
select count(*) from parked where peer = ?;

-- name: say
insert into said (peer, about, kind, seq, at, body) values (?, ?, ?, ?, ?, ?)
on conflict (peer, about, kind) do update set seq = excluded.seq, at = excluded.at,
  body = excluded.body where excluded.seq > said.seq;

-- name: said_about
-- By peer, as the key begins with it; a plus sign keeps the sort from choosing the index.
select peer, kind, seq, at, body from said
where peer in (select peer from peer) and about = ? order by +peer, +seq;

-- name: all_said
select peer, about, kind, seq, body from said order by peer, about, kind;

-- name: register
select content, signed from register where pair = ?;

-- name: registers
select pair, content, signed, since from register order by pair;

-- name: set_register
insert or replace into register (pair, content, signed, since) values (?, ?, ?, ?);

-- name: meta
select value from meta where key = ?;

-- name: set_meta
insert or replace into meta (key, value) values (?, ?);

-- name: same_incident
update incident set times = times + 1, last = ?
where n = (select max(n) from incident where peer = ? and code = ? and reason = ?);

-- name: add_incident
insert into incident (at, peer, code, reason, last) values (?, ?, ?, ?, ?);

-- name: trim_incidents
delete from incident where n <= (select max(n) from incident) - ?;

-- name: trim_incidents_of
delete from incident where peer = ?1 and n <=
  (select n from incident where peer = ?1 order by n desc limit 1 offset ?2);

-- name: incidents
select n, at, peer, code, reason, times, last from incident order by n desc limit ?;
