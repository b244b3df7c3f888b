-- name: cases_with_term
select id, number, consignment_no, house_no, direction, state, filed_at, due_at, due_then,
  due_known, held <> x'', json_extract(cast(decision as text), '$.decision.lane'),
  json_extract(cast(decision as text), '$.decision.risk_score')
from declaration
where due_at >= 0 and (due_at, id) > (?1, ?2) and due_at < ?3 and (?4 = '' or state = ?4)
  and (?5 = '' or json_extract(cast(decision as text), '$.decision.lane') = ?5)
  and (?6 < 0 or due_at <= ?6 or exists (
    select 1 from event where event.id = declaration.id
      and instr(?7, ' ' || json_extract(cast(record as text), '$.event') || ' ') > 0))
order by due_at, id limit ?8;

-- name: cases_without_term
select id, number, consignment_no, house_no, direction, state, filed_at, due_at, due_then,
  due_known, held <> x'', json_extract(cast(decision as text), '$.decision.lane'),
  json_extract(cast(decision as text), '$.decision.risk_score')
from declaration
where due_at < 0 and id > ?1 and (?2 = '' or state = ?2)
  and (?3 = '' or json_extract(cast(decision as text), '$.decision.lane') = ?3)
  and (?4 < 0 or exists (
    select 1 from event where event.id = declaration.id
      and instr(?5, ' ' || json_extract(cast(record as text), '$.event') || ' ') > 0))
order by id limit ?6;

-- name: newest_version
select decision from version where id = ? order by app_time desc, rowid desc limit 1;
