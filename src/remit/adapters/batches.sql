-- Files that callers left and the batches on them. Not derived from journals: what is lost here is lost.
-- `head` and `body` are sealed; everything else is ids, times and sizes.
create table file (
    id text primary key, use_case text not null, bytes integer not null, expires text not null, head blob not null
) strict;
create index file_by_use_case on file (use_case, id);
create table line (
    file text not null, number integer not null, body blob not null, primary key (file, number)
) strict, without rowid;
create table batch (
    id text primary key, use_case text not null, input_file text not null, ended integer not null,
    kept_until text not null, head blob not null
) strict;
create index batch_by_use_case on batch (use_case, id);
create index batch_open on batch (input_file) where not ended;
