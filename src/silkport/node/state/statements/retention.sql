-- name: ended_before
select id from ended where changed_at < ? order by changed_at limit ?;

-- name: remove_declaration
delete from declaration where id = ?;

-- name: remove_events
delete from event where id = ?;

-- name: remove_versions
delete from version where id = ?;

-- name: unname_case
delete from person_case where id = ?;

-- name: add_removed
insert into removed (kind, about, first, last, why, at) values (?, ?, ?, ?, ?, ?);

-- name: extend_removed
update removed set last = ? where kind = ? and about = ? and last = ? and why = ? and at = ?;

-- name: removed_of
select first, last, why, at from removed where kind = ? and about = ? order by first;

-- name: removed_at
select first, last, why, at from removed
where kind = ?1 and about = ?2 and first <= ?3 order by first desc limit 1;

-- name: first_out_since
select seq from outbox where peer = ? and seq > ? and at >= ? order by seq limit 1;

-- name: first_in_since
select seq from inbox where peer = ? and seq > ? and at >= ? order by seq limit 1;

-- name: parked_between
select seq from parked where peer = ? and seq >= ? and seq <= ? order by seq;

-- name: empty_out
update outbox set bytes = x'', about = '' where peer = ? and seq >= ? and seq <= ?;

-- name: empty_in
update inbox set bytes = x'' where peer = ? and seq >= ? and seq <= ?;

-- name: unsay
delete from said where peer = ? and seq >= ? and seq <= ?;

-- name: evidence_in_before
select first, last from evidence as e
where peer = ?1 and direction = 'in' and last < ?2 and not exists (
  select 1 from inbox as m
  where m.peer = ?1 and m.seq >= e.first and m.seq <= e.last and length(m.bytes) > 0)
order by last limit ?3;

-- name: evidence_out_before
select first, last from evidence as e
where peer = ?1 and direction = 'out' and last < ?2 and not exists (
  select 1 from outbox as m
  where m.peer = ?1 and m.seq >= e.first and m.seq <= e.last and length(m.bytes) > 0)
order by last limit ?3;

-- name: remove_evidence
delete from evidence where peer = ? and direction = ? and last = ?;

-- name: disclosures_before
select d.seq, d.record from disclosure as d join outbox as o on o.peer = d.peer and o.seq = d.seq
where d.peer = ? and d.seq < ? and length(o.bytes) = 0 order by d.seq limit ?;

-- name: remove_disclosure
delete from disclosure where peer = ? and seq = ?;

-- name: remove_disclosed_party
delete from disclosed_party where party = ? and peer = ? and seq = ?;

-- name: persons_before
select p.token from person as p
where p.since < ?1 and p.sealed <> x'' and not exists (
  select 1 from person_case as c where c.token = p.token
    and not exists (select 1 from ended as e where e.id = c.id and e.changed_at < ?1))
order by p.since limit ?2;

-- name: is_person_before
select 1 from person as p
where p.since < ?1 and p.sealed <> x'' and p.token = ?2 and not exists (
  select 1 from person_case as c where c.token = p.token
    and not exists (select 1 from ended as e where e.id = c.id and e.changed_at < ?1));

-- name: remove_incidents
delete from incident where n in (select n from incident where last < ? order by n limit ?);
