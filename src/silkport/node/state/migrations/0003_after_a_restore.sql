-- After a restore. `settled_for`: the restoration of this node after which the marks were agreed
-- with this peer; `asks_since`: they have to be agreed in any case, as this node was made anew.
alter table peer add column settled_for integer not null default 0;
alter table peer add column asks_since integer not null default 0;
-- Restored by an edition that did not ask: that was settled between operators.
update peer set settled_for = (select cast(value as integer) from meta where key = 'restored_at')
where exists (select 1 from meta where key = 'restored_at')
  and not exists (select 1 from meta where key = 'restored_log');

-- Messages that wait for a number until the marks are agreed.
create table unnumbered (
    n integer primary key autoincrement,
    peer text not null,
    kind text not null,
    ref text not null,
    body blob not null
);

-- Messages of this node that it had lost and a peer gave back; `answer` is what the peer signed.
create table regained (
    peer text not null,
    first integer not null,
    last integer not null,
    since integer not null,
    at integer not null,
    answer blob not null,
    primary key (peer, first)
) without rowid;

-- The newest restoration of each peer, as it signed it.
create table restoration (
    peer text primary key,
    since integer not null,            -- when the peer was restored, by its own clock
    first integer not null,            -- the number it would give next: from here on it lost its own
    last integer not null,             -- newest message received from it
    received integer not null,         -- newest of our messages that it remembers
    log integer not null,              -- leaves of its log when it was restored
    seen integer not null,             -- longest log it ever signed to us: no head up to here is held
    signed blob not null,
    asked_at integer not null,
    accepted_at integer not null       -- 0 as long as an operator has to
);

-- Signed heads of logs that their nodes lost: kept as proof of the past.
create table lost_head (
    origin text not null,
    size integer not null,
    root blob not null,
    at integer not null,
    key_id text not null,
    signature blob not null,
    set_aside integer not null,
    primary key (origin, size, root)
) without rowid;
