-- What is kept of calls. Not derived from journals: what is lost here is lost.
-- `body` is sealed under a key of its own, `sealed_key`; that one under its data key, `wrapped`; and that under
-- the master key, which is not here. Everything else is ids, times and sizes.
create table data_key (
    fingerprint text primary key, use_case text not null, starts text not null, ends text not null, days integer,
    made text not null, master text not null, wrapped blob not null, closed integer not null default 0
) strict;
create index data_key_by_use_case on data_key (use_case, starts);
create table capture (
    call text primary key, data_key text not null, fingerprint text not null, use_case text not null,
    at text not null, sealed_key blob not null, body blob not null
) strict;
create index capture_by_key on capture (data_key);
create index capture_by_fingerprint on capture (fingerprint);
create table missed (call text not null, use_case text not null, at text not null, reason text not null, count integer not null) strict;
create index missed_by_call on missed (call);
create table erasure (id text primary key, call text not null, body blob not null) strict
