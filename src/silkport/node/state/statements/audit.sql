-- What an audit reads: page by page, in the order of the key. Rows whose content was removed are
-- read as well: whether that was by order is asked in `transparency/removed.py`.

-- name: audit_runs
select first, count, kind, about, ordinal, cast(hashes as blob) from log_run
where first >= ? order by first limit ?;

-- name: audit_run_before
select ordinal + count from log_run
where kind = ? and about = ? and ordinal < ? order by ordinal desc limit 1;

-- name: runs_about
select ordinal, cast(hashes as blob) from log_run
where kind = ?1 and about = ?2 and ordinal <= ?4 and ordinal >= coalesce(
  (select max(ordinal) from log_run where kind = ?1 and about = ?2 and ordinal <= ?3), ?3)
order by ordinal;

-- name: audit_sent
select seq, bytes, leaf, kind, about, at from outbox
where peer = ? and seq >= ? order by seq limit ?;

-- name: audit_received
select seq, bytes, leaf from inbox
where peer = ? and seq >= ? order by seq limit ?;

-- name: audit_event
select n, record, null from event where id = ? and n >= ? order by n limit ?;

-- name: audit_disclosed
select seq, record, null from disclosure where peer = ? and seq >= ? order by seq limit ?;

-- name: audit_sent_leaves
select leaf from outbox where peer = ? and seq >= ? and seq <= ? order by seq;

-- name: audit_received_leaves
select leaf from inbox where peer = ? and seq >= ? and seq <= ? order by seq;

-- name: audit_unlogged_sent
select peer, seq from outbox as o where coalesce((select r.ordinal + r.count from log_run as r
  where r.kind = 'sent' and r.about = o.peer and r.ordinal <= o.seq
  order by r.ordinal desc limit 1), 0) <= o.seq limit ?;

-- name: audit_unlogged_received
select peer, seq from inbox as o where coalesce((select r.ordinal + r.count from log_run as r
  where r.kind = 'received' and r.about = o.peer and r.ordinal <= o.seq
  order by r.ordinal desc limit 1), 0) <= o.seq limit ?;

-- name: audit_unlogged_event
select id, n from event as o where coalesce((select r.ordinal + r.count from log_run as r
  where r.kind = 'event' and r.about = o.id and r.ordinal <= o.n
  order by r.ordinal desc limit 1), 0) <= o.n limit ?;

-- name: audit_unlogged_disclosed
select peer, seq from disclosure as o where coalesce((select r.ordinal + r.count from log_run as r
  where r.kind = 'disclosed' and r.about = o.peer and r.ordinal <= o.seq
  order by r.ordinal desc limit 1), 0) <= o.seq limit ?;

-- name: audit_block
select hash from log_block where block = ?;

-- name: audit_evidence
select peer, direction, first, last, cast(header as blob), cast(receipt as blob) from evidence
where (peer, direction, last) > (?, ?, ?) order by peer, direction, last limit ?;

-- name: audit_heads
select origin, size, root, at, key_id, signature from log_head
where (origin, size) > (?, ?) order by origin, size limit ?;

-- name: audit_declarations
select id, number, consignment_no, house_no, direction, state, version, decl_day, gross_mass_mg,
  registered_at, changed_at, cast(document as blob), cast(decision as blob), other_side
from declaration where id > ? order by id limit ?;

-- name: audit_events_astray
select id, n from event where id not in (select id from declaration) order by id, n limit ?;

-- name: audit_said
select peer, about, kind, seq, body from said
where (peer, about, kind) > (?, ?, ?) order by peer, about, kind limit ?;

-- name: audit_parked
select peer, seq, about from parked where (peer, seq) > (?, ?) order by peer, seq limit ?;

-- name: audit_parties
select party, peer, seq from disclosed_party
where (party, peer, seq) > (?, ?, ?) order by party, peer, seq limit ?;

-- name: audit_party
select 1 from disclosed_party where party = ? and peer = ? and seq = ?;

-- name: audit_persons
select token from person where token > ? order by token limit ?;

-- name: audit_peer_keys
select peer, key_id, public, certificate, fingerprint, stop from peer_key order by peer, key_id;
