-- A plus sign keeps a sort from choosing the index: few rows are about one matter.

-- name: sent_about
select peer, seq, kind, at from outbox where about = ? and about <> '' order by +peer, +seq limit 1000;

-- name: heard_houses
select about, body from said
where peer in (select peer from peer) and about >= ?1 || '/' and about < ?1 || '0'
order by +about limit 1000;

-- name: parked_on
select peer, seq, code, reason, at from parked
where peer in (select peer from peer) and about = ? order by +peer, +seq;

-- name: said_to_people
select peer, about, seq, at, body from said
where kind in ('capacity_notice', 'slot_state', 'checkpoint_calendar', 'mirror_answer')
  and kind = ?1 and (?2 = '' or peer = ?2) order by at desc limit ?3;
