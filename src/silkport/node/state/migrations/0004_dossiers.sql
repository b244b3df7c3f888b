-- What a node keeps of a thing besides its declarations: a transport, a consignment, a balance, an
-- inspection, a power of attorney. `state` is canonical JSON; each act that led to it is a leaf.
create table dossier (
    kind text not null,
    id text not null,
    version integer not null,            -- counts the acts
    due_at integer not null default -1,  -- when somebody has to look at it again
    state blob not null,
    primary key (kind, id)
);
create index dossier_due on dossier (kind, due_at) where due_at >= 0;

-- The acts on a dossier, in order; `about` is its kind and id.
create table act (
    about text not null,
    n integer not null,
    record blob not null,
    primary key (about, n)
);

-- By what a dossier can be found: the houses of a transport, the holder of a balance.
create table dossier_link (
    kind text not null,
    name text not null,
    value text not null,
    id text not null,
    primary key (kind, name, value, id)
) without rowid;
create index dossier_link_of on dossier_link (kind, id);
