-- The state of one sovereign node. Moments are milliseconds since 1970-01-01T00:00Z, days are
-- days since then, digests and keys are raw bytes. Numbers of messages begin at 1. Tables with
-- long rows keep their rowid: in a tree without, rows of a kilobyte cost five times as much.

create table meta (key text primary key, value text not null) without rowid;

-- Keys of this node. Private parts are sealed under the operator's passphrase.
create table own_key (
    key_id text primary key,
    public blob not null,
    sealed blob not null,
    certificate text not null,
    tls_sealed blob not null,
    state text not null check (state in ('next', 'current', 'former')),
    since integer not null
) without rowid;
create table own_key_told (
    key_id text not null references own_key (key_id),
    peer text not null,
    seq integer not null, -- of the key_change; 0 once taken there; negative while parked there
    primary key (key_id, peer)
) without rowid;

create table peer (
    peer text primary key,
    administration text not null,
    name text not null,
    competence text not null,
    url text not null,
    state text not null check (state in ('active', 'suspended')),
    reason text not null default '',
    received integer not null default 0,   -- newest message received from it
    considered integer not null default 0, -- newest of these that was applied or parked
    queued integer not null default 0,     -- newest message queued for it
    taken integer not null default 0,      -- newest of these that we hold its receipt for
    considered_there integer not null default 0, -- newest of these that it applied or parked
    failures integer not null default 0,
    next_try integer not null default 0,
    last_error text not null default '',
    last_heard integer not null default 0,
    head_size integer not null default 0,  -- newest head of its log that was proven
    head_root blob not null default x'',
    told_size integer not null default 0   -- newest head of our log that it holds
) without rowid;

create table peer_key (
    peer text not null references peer (peer),
    key_id text not null,
    public blob not null,
    certificate text not null,
    fingerprint text not null,
    since integer not null,
    stop integer not null,
    primary key (peer, key_id)
) without rowid;

create index peer_key_fingerprint on peer_key (fingerprint);

create table register (
    pair text primary key,
    content text not null,
    signed blob not null,
    since integer not null
) without rowid;

create table outbox (
    peer text not null,
    seq integer not null,
    kind text not null,
    about text not null,
    at integer not null,
    leaf blob not null,
    bytes blob not null,
    primary key (peer, seq)
);

create table inbox (
    peer text not null,
    seq integer not null,
    at integer not null,
    leaf blob not null,
    bytes blob not null,
    primary key (peer, seq)
);

-- Messages that did not take effect, each with a reason an operator can act on.
create table parked (
    peer text not null,
    seq integer not null,
    about text not null,
    code text not null,
    reason text not null,
    at integer not null,
    primary key (peer, seq)
) without rowid;
create index parked_about on parked (peer, about);

-- What was signed and received for it: batches of a peer and our receipts, and the reverse.
create table evidence (
    peer text not null,
    direction text not null check (direction in ('in', 'out')),
    first integer not null,
    last integer not null,
    header blob not null,
    receipt blob not null,
    primary key (peer, direction, last)
);

-- The newest thing each neighbour said, of each kind about each matter.
create table said (
    peer text not null,
    about text not null,
    kind text not null,
    seq integer not null,
    at integer not null,
    body blob not null,
    primary key (peer, about, kind)
);

-- Declarations and what became of them. `document` and `decision` are canonical JSON.
create table declaration (
    id text primary key,
    number text not null,
    consignment_no text not null,
    house_no text not null,
    direction text not null,
    state text not null,
    version integer not null,            -- counts the changes; guards against two at once
    guid text not null,
    decl_day integer not null,
    gross_mass_mg integer not null,
    other_side text not null,            -- country on the other side, ISO alpha-2
    filed_at integer not null,
    registered_at integer not null default -1,
    changed_at integer not null,
    due_at integer not null default -1,
    due_then text not null default '',
    due_known integer not null default 1,
    document blob not null,
    decision blob not null,
    held blob not null default x''       -- an act after release that an officer has to decide
) without rowid;
create index declaration_due on declaration (due_at) where due_at >= 0;
create index declaration_house on declaration (consignment_no, house_no);
create index declaration_number on declaration (number);
create index declaration_day on declaration (other_side, direction, decl_day);

-- Every version of a declaration that came, so that it is told apart when it comes again.
create table version (
    id text not null references declaration (id),
    guid text not null,
    act text not null,
    app_time integer not null,
    document blob not null,
    decision blob not null,
    primary key (id, guid, act, app_time)
);

create table event (
    id text not null references declaration (id),
    n integer not null,
    record blob not null,
    primary key (id, n)
);

-- Which fields about which parties left this node, one record a message; parties by pseudonym.
create table disclosure (
    peer text not null,
    seq integer not null,
    record blob not null,
    primary key (peer, seq)
);
create table disclosed_party (
    party text not null,
    peer text not null,
    seq integer not null,
    primary key (party, peer, seq)
) without rowid;

-- Names and numbers of persons, each under a key of its own: without the key nothing is left.
create table person (
    token text primary key,
    sealed blob not null,
    since integer not null
);
create table person_key (
    token text primary key references person (token),
    sealed blob not null
) without rowid;

-- The transparency log: leaf hashes in runs as they were appended, one hash a full block.
create table log_run (
    first integer primary key,
    count integer not null,
    kind text not null,
    about text not null,
    ordinal integer not null,
    hashes blob not null
);
create index log_about on log_run (kind, about, ordinal);
create table log_block (block integer primary key, hash blob not null);
create table log_frontier (
    one integer primary key check (one = 0),
    size integer not null,
    peaks blob not null
);
insert into log_frontier (one, size, peaks) values (0, 0, x'');
create table log_head (
    origin text not null,
    size integer not null,
    root blob not null,
    at integer not null,
    key_id text not null,
    signature blob not null,
    primary key (origin, size)
) without rowid;

create table incident (
    n integer primary key autoincrement,
    at integer not null,
    peer text not null,
    code text not null,
    reason text not null,
    times integer not null default 1,
    last integer not null
);
create index incident_kind on incident (peer, code);
