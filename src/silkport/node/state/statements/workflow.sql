-- name: declaration
select id, number, consignment_no, house_no, direction, state, version, guid, decl_day,
  gross_mass_mg, filed_at, registered_at, changed_at, due_at, due_then, due_known, document,
  decision, held
from declaration where id = ?;

-- name: find_declarations
select id from declaration where id = ?1 or number = ?1 or consignment_no = ?1
order by id limit 100;

-- name: put_declaration
insert or replace into declaration (id, number, consignment_no, house_no, direction, state,
  version, guid, decl_day, gross_mass_mg, filed_at, registered_at, changed_at, due_at, due_then,
  due_known, document, decision, held, other_side)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: due_declarations
select id from declaration where due_at >= 0 and due_at <= ? order by due_at limit ?;

-- name: postpone_declaration
update declaration set due_at = ?2 where id = ?1;

-- name: next_due
select min(due_at) from declaration where due_at >= 0;

-- name: declarations_of_house
-- In two parts: of a consignment of very many houses only those of one are read.
select id, state from (
  select id, state, filed_at from declaration
  where consignment_no = ?1 and ?2 <> '' and house_no in ('', ?2)
  union all
  select id, state, filed_at from declaration where consignment_no = ?1 and ?2 = ''
) order by filed_at, id;

-- name: houses_declared
select distinct house_no from declaration
where consignment_no = ?1 and ?2 <> '' and house_no in ('', ?2)
union all
select distinct house_no from declaration where consignment_no = ?1 and ?2 = '';

-- name: beside_in_house
select id from declaration
where consignment_no = ?1 and house_no = ?2 and direction = ?3 and id <> ?4
  and state not in ('draft', 'refused', 'registration_refused', 'withdrawn')
order by filed_at, id limit ?5;

-- name: wake_declaration
insert or ignore into dossier_link (kind, name, value, id)
select 'release', 'woken', printf('%015d', filed_at), id from declaration where id = ?;

-- name: woken_declarations
select id from dossier_link where kind = 'release' and name = 'woken' order by value, id limit ?;

-- name: calm_declaration
delete from dossier_link where kind = 'release' and id = ? and name = 'woken';

-- name: states_counted
select direction, state, count(*) from declaration group by direction, state order by 1, 2;

-- name: counted_days
select count(*), coalesce(sum(state in ('released', 'conditionally_released', 'corrected')), 0),
  coalesce(sum(case when state in ('released', 'conditionally_released', 'corrected')
    then gross_mass_mg else 0 end), 0)
from declaration where other_side = ? and direction = ? and decl_day >= ? and decl_day <= ?
  and registered_at >= 0;

-- name: add_version
insert or ignore into version (id, guid, act, app_time, document, decision)
values (?, ?, ?, ?, ?, ?);

-- name: versions
select guid, act, app_time from version where id = ?;

-- name: event_count
select max(
  coalesce((select max(n) from event where id = ?1), 0),
  coalesce((select max(last) from removed where kind = 'event' and about = ?1), 0)
);

-- name: add_event
insert into event (id, n, record) values (?, ?, ?);

-- name: events
select n, record from event where id = ? order by n;

-- name: events_from
select n, record from event where id = ? and n >= ? order by n limit ?;

-- name: all_declarations
select id, state, due_at, registered_at, document, decision from declaration order by id;

-- name: add_person
insert or ignore into person (token, sealed, since) values (?, ?, ?);

-- name: add_person_key
insert or ignore into person_key (token, sealed) values (?, ?);

-- name: person
select p.sealed, k.sealed, p.since from person as p left join person_key as k on k.token = p.token
where p.token = ?;

-- name: forget_person
delete from person_key where token = ?;

-- name: empty_person
update person set sealed = x'' where token = ?;

-- name: name_person
insert or ignore into person_case (token, id) values (?, ?);
