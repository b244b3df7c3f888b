-- name: dossier
select version, due_at, cast(state as blob) from dossier where kind = ? and id = ?;

-- name: dossier_version
select version from dossier where kind = ? and id = ?;

-- name: put_dossier
insert into dossier (kind, id, version, due_at, state) values (?1, ?2, ?3, ?4, ?5)
on conflict (kind, id) do update set version = ?3, due_at = ?4, state = ?5;

-- name: dossiers
select id, version, due_at, cast(state as blob) from dossier
where kind = ? and id > ? order by id limit ?;

-- name: due_dossiers
select id from dossier where kind = ? and due_at >= 0 and due_at <= ? order by due_at, id limit ?;

-- name: add_act
insert into act (about, n, record) values (?, ?, ?);

-- name: acts
select n, record from act where about = ? and n >= ? order by n limit ?;

-- name: drop_dossier_links
delete from dossier_link where kind = ? and id = ?;

-- name: postpone_dossier
update dossier set due_at = ?3 where kind = ?1 and id = ?2;

-- name: add_dossier_link
insert or ignore into dossier_link (kind, name, value, id) values (?, ?, ?, ?);

-- name: linked_dossiers
select id from dossier_link where kind = ? and name = ? and value = ? and id > ?
order by id limit ?;

-- name: audit_act
select n, record, null from act where about = ? and n >= ? order by n limit ?;

-- name: audit_unlogged_act
select about, n from act as o where coalesce((select r.ordinal + r.count from log_run as r
  where r.kind = 'act' and r.about = o.about and r.ordinal <= o.n
  order by r.ordinal desc limit 1), 0) <= o.n limit ?;

-- name: audit_dossiers
select kind, id, version, cast(state as blob) from dossier
where (kind, id) > (?, ?) order by kind, id limit ?;

-- name: newest_act
select record from act where about = ? order by n desc limit 1;

-- name: last_act
select max(n) from act where about = ? having max(n) is not null;
