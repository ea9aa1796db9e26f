-- State derived from the journals. Everything here but `text` and `pass` can be made again from them, and but
-- what the workers that run have between them: `leaseholder`, `lease`, `wanted` and `claimed_user`; and how far
-- followers have come, who begin at the journals' ends in a store that is made again; and of what web hooks were
-- told: `hook`, `delivery`, `watched` and `watch_step`.
create table position (
    journal text primary key, lines integer not null, offset integer not null, hash blob not null
) strict;
create table follower (
    name text not null, journal text not null, lines integer not null, offset integer not null,
    hash blob not null, primary key (name, journal)
) strict, without rowid;
create table follower_fault (
    name text primary key, since text not null, code text not null, summary text not null
) strict;
create table halt (one integer primary key, reason text not null) strict;
create table text (digest text primary key, body blob not null) strict;
create table entry (
    id text primary key, at text not null, kind text not null, use_case text not null, rule text not null,
    stage text not null, body blob not null, journal text not null, line integer not null
) strict;
create index entry_by_kind on entry (kind, id);
create index entry_by_use_case on entry (use_case, id);
create unique index entry_by_line on entry (journal, line);
create index entry_by_rule on entry (rule, id) where rule <> '';
create table usage (
    hour text not null, use_case text not null, unit text not null, stage text not null, model text not null,
    key text not null, block text not null, currency text not null, simulated integer not null,
    calls integer not null, failed integer not null, blocked integer not null, cached integer not null,
    unguarded integer not null, input_tokens integer not null, cache_read_tokens integer not null,
    cache_write_tokens integer not null, cache_write_1h_tokens integer not null,
    output_tokens integer not null, reasoning_tokens integer not null, latency_ms integer not null,
    charge text not null, list_charge text not null, committed text not null, saved text not null,
    primary key (hour, use_case, unit, stage, model, key, block, currency, simulated)
) strict, without rowid;
-- What `usage` adds up to in whole days, for whoever does not ask by key, which is empty in it.
create table usage_day (
    hour text not null, use_case text not null, unit text not null, stage text not null, model text not null,
    key text not null, block text not null, currency text not null, simulated integer not null,
    calls integer not null, failed integer not null, blocked integer not null, cached integer not null,
    unguarded integer not null, input_tokens integer not null, cache_read_tokens integer not null,
    cache_write_tokens integer not null, cache_write_1h_tokens integer not null,
    output_tokens integer not null, reasoning_tokens integer not null, latency_ms integer not null,
    charge text not null, list_charge text not null, committed text not null, saved text not null,
    primary key (hour, use_case, unit, stage, model, key, block, currency, simulated)
) strict, without rowid;
-- What guardrails by others cost, which is in no budget.
create table guardrail_charge (
    hour text not null, use_case text not null, unit text not null, guardrail text not null,
    custom text not null, currency text not null, key text not null, commitment text not null,
    askings integer not null, units integer not null, charge text not null,
    primary key (hour, use_case, unit, guardrail, custom, currency, key, commitment)
) strict, without rowid;
create table refusal (
    hour text not null, use_case text not null, rule text not null, model text not null, key text not null,
    count integer not null, primary key (hour, use_case, rule, model, key)
) strict, without rowid;
-- Likewise, without model and key.
create table refusal_day (
    hour text not null, use_case text not null, rule text not null, model text not null, key text not null,
    count integer not null, primary key (hour, use_case, rule, model, key)
) strict, without rowid;
-- What came of agents' calls of tools, by which autonomy is earned.
create table tool_day (
    use_case text not null, day text not null, tool text not null, target_class text not null,
    done integer not null, approved integer not null, failed integer not null, unclear integer not null,
    waiting integer not null, denied integer not null, breached integer not null,
    primary key (use_case, day, tool, target_class)
) strict, without rowid;
create table total (
    use_case text not null, unit text not null, model text not null, provider text not null,
    status text not null, currency text not null, simulated integer not null, calls integer not null,
    input_tokens integer not null, cache_read_tokens integer not null, cache_write_tokens integer not null,
    output_tokens integer not null, reasoning_tokens integer not null, charge text not null,
    primary key (use_case, unit, model, provider, status, currency, simulated)
) strict, without rowid;
create table latency (
    day text not null, use_case text not null, model text not null, measure text not null,
    bucket integer not null, count integer not null, total_ms integer not null,
    primary key (day, use_case, model, measure, bucket)
) strict, without rowid;
create table found (
    use_case text not null, side text not null, policy text not null, action text not null,
    count integer not null, primary key (use_case, side, policy, action)
) strict, without rowid;
create table finding (
    use_case text not null, side text not null, policy text not null, type text not null, kind text not null,
    guardrail text not null, shadow integer not null, action text not null, mark text not null,
    calls integer not null, first text not null, last text not null, first_call text not null,
    last_call text not null,
    primary key (mark, use_case, side, policy, type, kind, guardrail, shadow, action)
) strict, without rowid;
create index finding_by_last on finding (last);
create index finding_by_use_case on finding (use_case, last);
create table finding_verdict (mark text primary key, verdict text not null) strict, without rowid;
create index cleared on finding_verdict (mark) where verdict = 'false_positive';
create table account (
    name text not null, journal text not null, posted text not null, primary key (name, journal)
) strict, without rowid;
create table leaseholder (worker text primary key) strict, without rowid;
create table lease (
    account text not null, worker text not null, granted text not null, answered integer not null,
    primary key (account, worker)
) strict, without rowid;
create table wanted (account text primary key, mark integer not null unique) strict, without rowid;
create table claimed_user (
    use_case text not null, month text not null, user text not null, primary key (use_case, month, user)
) strict, without rowid;
create table user (
    use_case text not null, user text not null, seen text not null, primary key (use_case, user)
) strict, without rowid;
create table open_hold (
    id text primary key, journal text not null, body blob not null, marked integer not null
) strict;
create table key (
    id text primary key, hash text not null unique, use_case text not null, expires text,
    revoked integer not null, agent text not null, models text not null, networks text not null,
    issued text not null, successor text not null
) strict;
create table stage (
    use_case text primary key, stage text not null, since text not null, basis text not null,
    since_known integer not null, until text, falls_to text
) strict;
create table stop (
    address text primary key, since text not null, author text not null, reason text not null
) strict, without rowid;
create table applied (version integer primary key, body blob not null) strict;
create table seal (
    number integer primary key, journal text not null, first integer not null, lines integer not null,
    end integer not null, hash blob not null, body blob not null
) strict;
create index seal_by_journal on seal (journal, first);
create table seal_key (id text primary key, body blob not null) strict;
-- Up to where each journal was let go of: its copies in `entry` go as well.
create table let_go (
    journal text primary key, lines integer not null, offset integer not null, hash blob not null
) strict, without rowid;
create table adjustment (
    id text primary key, at text not null, since text not null, until text not null, reason text not null,
    cost text not null, amount text not null, currency text not null, use_case text not null,
    unit text not null, model text not null, provider text not null, key text not null, source text not null,
    body blob not null
) strict, without rowid;
create index adjustment_by_time on adjustment (until, since);
create index adjustment_by_source on adjustment (source) where source <> '';
create table dossier (
    id text primary key, at text not null, kind text not null, use_case text not null, request text not null,
    body blob not null
) strict, without rowid;
create index dossier_by_use_case on dossier (use_case, kind);
create index dossier_by_request on dossier (request) where request <> '';
-- Every version of every outcome, in the order in which they were written: known from `known` until the next one
-- of its source and key was, at `until`.
create table outcome (
    number integer primary key, id text not null, known text not null, until text not null,
    use_case text not null, metric text not null, source text not null, key text not null,
    happened text not null, reference text not null, results integer not null, withdrawn integer not null,
    simulated integer not null, body blob not null
) strict;
create index outcome_by_metric on outcome (
    use_case, metric, happened, until, known, withdrawn, simulated, results
);
create index outcome_by_key on outcome (use_case, metric, source, key, number);
create index outcome_by_reference on outcome (use_case, metric, reference) where reference <> '';
-- What calls cost by the reference that their callers gave, until entries of calls as old as the last of them go.
create table referred (
    use_case text not null, reference text not null, model text not null, currency text not null,
    simulated integer not null, last text not null, calls integer not null, charge text not null,
    primary key (use_case, reference, model, currency, simulated)
) strict, without rowid;
create table pass (hash text primary key, purpose text not null, until text not null, holder text not null) strict;
create table hook (
    name text primary key, declared text not null, failures integer not null, resume text not null,
    stopped text not null
) strict;
create table delivery (
    number integer primary key, webhook text not null, id text not null, state text not null,
    created text not null, attempts integer not null, outcome text not null, ended text, notice blob not null,
    unique (webhook, id)
) strict;
create index delivery_by_state on delivery (webhook, state, number);
create table watched (key text primary key, body blob not null) strict, without rowid;
create table watch_step (one integer primary key, step integer not null) strict;
