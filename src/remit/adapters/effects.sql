create table run (
    id text primary key, use_case text not null, key text not null, began text not null, agent text not null,
    parent text not null, reference text not null, ended text, learned integer not null,
    actor text not null
) strict;
create index run_by_began on run (began);
create index run_by_parent on run (parent);
-- What runs know, sealed.
create table learned (
    run text not null, number integer not null, sealed blob not null, primary key (run, number)
) strict, without rowid;
-- How far calls of a tool have reached; targets and records count the rows of `reached`.
create table counted (
    scope text not null, tool text not null, at text not null, calls integer not null, money text not null,
    targets integer not null, records integer not null, primary key (scope, tool)
) strict, without rowid;
create table reached (
    scope text not null, tool text not null, what text not null, mark text not null,
    primary key (scope, tool, what, mark)
) strict, without rowid;
-- `entry` holds no text; `brought` is sealed.
create table effect (
    claim text primary key, run text not null, use_case text not null, key text not null, tool text not null,
    holder text not null, began text not null, meant text not null, same text not null, entry blob not null,
    step text not null, reference text not null, approval text not null, state text not null, ended text, is_told integer not null,
    durable integer not null, brought blob, scopes text not null, money text not null
) strict;
create unique index effect_step on effect (run, step) where step != '';
create unique index effect_approval on effect (approval) where approval != '';
create index effect_same on effect (same, run);
create index effect_open on effect (state, began) where state in ('begun', 'unknown');
create index effect_untold on effect (is_told) where is_told = 0;
create index effect_began on effect (began);
-- What calls would be given that wait for a person, sealed.
create table waiting (
    request text primary key, run text not null, meant text not null, tool text not null, at text not null,
    sealed blob not null
) strict;
create index waiting_by_run on waiting (run, meant)
