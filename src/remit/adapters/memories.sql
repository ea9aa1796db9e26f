-- What agents remember. `body` is sealed under its use case's data key, `wrapped`, and that one under the master
-- key, which is not here. `actor` and `named` are keyed hashes; everything else is ids, times and sizes.
create table data_key (use_case text primary key, master text not null, wrapped blob not null) strict;
create table memory (
    id text primary key, use_case text not null, agent text not null, actor text not null, kind text not null,
    named text not null, at text not null, until text not null, body blob not null,
    unique (use_case, agent, actor, kind, named)
) strict;
create index memory_by_end on memory (until)
