-- What was removed because its term was over: the content of leaves `first` to `last` of a
-- matter. Their hashes stay in the log; content that is gone without a row here is missing.
-- `kind` and `about` are those of the log, or 'evidence in' and 'evidence out' of a peer.
create table removed (
    kind text not null,
    about text not null,
    first integer not null,
    last integer not null,
    why text not null,
    at integer not null,
    primary key (kind, about, first)
) without rowid;

-- Which declarations name which persons: a person is forgotten after the last of them.
create table person_case (
    token text not null,
    id text not null,
    primary key (token, id)
) without rowid;
create index person_case_id on person_case (id);
insert or ignore into person_case (token, id)
select substr(field.value, 8), declared.id
from declaration as declared, json_each(cast(declared.document as text), '$.declaration') as field
where field.type = 'text' and field.value like 'person:%';
insert or ignore into person_case (token, id)
select substr(field.value, 8), declared.id
from declaration as declared, json_each(
    case when declared.held = x'' then '{}' else cast(declared.held as text) end, '$.declaration'
) as field
where field.type = 'text' and field.value like 'person:%';

-- Declarations in which nothing runs and nobody has to decide any more.
create view ended as
select id, changed_at from declaration
where due_at < 0 and held = x''
  and state in ('released', 'corrected', 'refused', 'withdrawn', 'registration_refused');

create index person_kept on person (since) where sealed <> x'';
create index said_seq on said (peer, seq);
create index declaration_ended on declaration (changed_at) where due_at < 0;
