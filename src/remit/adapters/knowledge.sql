-- Documents that are searched. Not derived from journals: what is lost here is added again from its source.
-- `part` is what is seen by the same readers: a chunk's id begins with its part's number (times 2^32), and `word`
-- holds it as a word of its own, so that a search reads nothing of what the reader does not see.
create table part (
    id integer primary key, base text not null, readers text not null, data_class text not null, embedding text not null,
    changed integer not null default 0, next integer not null default 1,
    unique (base, readers, data_class, embedding)
) strict;
create table document (
    id text primary key, base text not null, source text not null, part integer not null, version integer not null,
    dated text not null, body blob not null, unique (base, source)
) strict;
create index document_by_part on document (part);
create table version (
    document text not null, version integer not null, digest text not null, added text not null, removed text,
    chunks integer not null, primary key (document, version)
) strict;
create table chunk (
    id integer primary key, document text not null, number integer not null, part text not null, title text not null,
    text text not null, place text not null, vector blob
) strict;
create index chunk_by_document on chunk (document);
create virtual table word using fts5 (
    part, title, text, content = 'chunk', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
)
