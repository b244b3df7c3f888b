-- name: schema
-- Index of one administration's store. Tables of documents and decisions lie in Parquet
-- segments beside it; what this file does not name was never committed.
create table if not exists meta (key text primary key, value text not null) without rowid;
create table if not exists runs (
    run integer primary key,
    processing_day integer not null,
    inputs text not null,
    finished integer not null default 0
);
create table if not exists segments (
    segment integer primary key,
    run integer not null references runs (run),
    batch integer not null,
    kind text not null,
    file text not null unique,
    sha256 text not null,
    rows integer not null,
    first_link text not null,
    last_link text not null
);
create index if not exists segments_by_kind on segments (kind, first_link, last_link);
create table if not exists pending (
    parcel_id text primary key,
    link text not null,
    due_day integer not null
) without rowid;
create index if not exists pending_by_due on pending (due_day);
create table if not exists numbers (
    prefix text primary key,
    last integer not null
) without rowid;

-- name: last_number
select last from numbers where prefix = ?;

-- name: set_last_number
insert or replace into numbers (prefix, last) values (?, ?);

-- name: add_run
insert or ignore into runs (run, processing_day, inputs) values (?, ?, ?);

-- name: next_run
select coalesce(max(run), 0) + 1 from runs;

-- name: next_batch
select coalesce(max(batch), 0) + 1 from segments;

-- name: finish_run
update runs set finished = 1 where run = ?;

-- name: add_segment
insert into segments (run, batch, kind, file, sha256, rows, first_link, last_link)
values (?, ?, ?, ?, ?, ?, ?, ?);

-- name: segments_overlapping
select file, sha256, batch from segments
where kind = ? and first_link <= ? and last_link >= ? order by segment;

-- name: segments_of_kind
select file, sha256, batch from segments where kind = ? order by segment;

-- name: all_segments
select file, sha256, rows from segments order by segment;

-- name: no_longer_pending
delete from pending where parcel_id = ?;

-- name: now_pending
insert or replace into pending (parcel_id, link, due_day) values (?, ?, ?);

-- name: overdue
select link from pending where due_day < ? order by link;

-- name: count_pending
select count(*) from pending;
