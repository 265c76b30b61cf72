-- Orderly's tables live in a schema of their own, so that the tables which order types write to can
-- stand beside them in the same database and the same transaction.

create table work_orders (
  id uuid primary key,
  tenant text not null,
  type text not null check (length(type) between 1 and 120),
  type_version text not null,
  state text not null check (state in ('queued', 'checked_out', 'in_progress', 'submitted', 'approved',
    'applied', 'completed', 'rejected', 'failed', 'dead_lettered', 'cancelled')),
  priority integer not null check (priority between 0 and 1000),
  payload jsonb not null,
  meta jsonb not null,
  requested_by_type text not null check (requested_by_type in ('user', 'agent', 'system')),
  requested_by_id text not null,
  on_item_failure text not null check (on_item_failure in ('fail', 'continue')),
  -- True while the system may approve the order by itself once it is submitted.
  auto_approve boolean not null,

  -- How many items are in each state: what the order's own state is computed from.
  items_queued integer not null check (items_queued >= 0),
  items_leased integer not null default 0 check (items_leased >= 0),
  items_in_progress integer not null default 0 check (items_in_progress >= 0),
  items_submitted integer not null default 0 check (items_submitted >= 0),
  items_accepted integer not null default 0 check (items_accepted >= 0),
  items_completed integer not null default 0 check (items_completed >= 0),
  items_rejected integer not null default 0 check (items_rejected >= 0),
  items_failed integer not null default 0 check (items_failed >= 0),
  items_dead_lettered integer not null default 0 check (items_dead_lettered >= 0),
  items_cancelled integer not null default 0 check (items_cancelled >= 0),

  error jsonb,
  approved_by_type text,
  approved_by_id text,
  approved_at timestamptz,

  -- The apply step: which try holds it (fence), until when, and when the next may begin.
  apply_max_attempts integer not null check (apply_max_attempts > 0),
  apply_attempts integer not null default 0,
  apply_fence bigint not null default 0,
  apply_owner text,
  apply_lease_expires_at timestamptz,
  apply_next_at timestamptz,
  diff jsonb,
  applied_at timestamptz,

  completed_at timestamptz,
  last_transitioned_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,

  check ((apply_owner is null) = (apply_lease_expires_at is null)),
  check (state not in ('approved', 'applied') or (approved_at is not null and apply_next_at is not null)),
  check (state in ('approved', 'applied') or (apply_owner is null and apply_next_at is null)),
  check (state not in ('applied', 'completed') or (applied_at is not null and diff is not null)),
  check ((state = 'completed') = (completed_at is not null))
) with (fillfactor = 70);

create index work_orders_list on work_orders (tenant, priority desc, created_at, id);
create index work_orders_created on work_orders (tenant, created_at, id);
create index work_orders_state on work_orders (tenant, state, last_transitioned_at);
create index work_orders_to_apply on work_orders (apply_next_at) where state in ('approved', 'applied');
create index work_orders_open on work_orders (tenant, type) where state in ('queued', 'checked_out', 'in_progress');
create index work_orders_failed on work_orders (last_transitioned_at) where state = 'failed';
create index work_orders_to_auto_approve on work_orders (id) where state = 'submitted' and auto_approve;

create table work_items (
  id uuid primary key,
  tenant text not null,
  order_id uuid not null references work_orders on delete cascade,
  order_type text not null,
  type_version text not null,
  position integer not null,
  type text not null check (length(type) between 1 and 120),
  key text,
  state text not null check (state in ('queued', 'leased', 'in_progress', 'submitted', 'accepted', 'completed',
    'rejected', 'failed', 'dead_lettered', 'cancelled')),
  priority integer not null,
  -- The place in its queue, lowest first: when it was planned, in milliseconds, less what its priority is worth.
  -- Waiting thus makes up for priority, and nothing has to be sorted when work is asked for.
  rank bigint not null default (extract(epoch from now()) * 1000)::bigint,
  -- What its leases are counted under within its order type; empty if the type has limits and the item no key,
  -- null if the type had no limits when the order was proposed.
  limit_key text,
  -- True while its order is not open: a queued item of a failed order is not given out.
  held boolean not null default false,
  input jsonb not null,
  result jsonb,
  evidence jsonb,
  notes text,
  -- Why the last attempt ended, or why the item failed.
  error jsonb,
  -- What reviewers asked for when they sent the item back: the next holder gets it.
  review_errors jsonb,

  attempts integer not null default 0 check (attempts >= 0),
  max_attempts integer not null check (max_attempts > 0),
  releases integer not null default 0,
  available_at timestamptz not null,

  fence bigint not null default 0,
  leased_by_agent_id text,
  leased_at timestamptz,
  lease_ttl_seconds integer,
  heartbeat_every_seconds integer,
  lease_expires_at timestamptz,
  last_heartbeat_at timestamptz,
  heartbeats integer not null default 0,
  -- Whether the lease counts among its agent's: only if there was a limit for agents when it was given.
  agent_counted boolean not null default false,

  submitted_by_agent_id text,
  submitted_at timestamptz,
  accepted_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,

  unique (order_id, position),
  check ((state in ('leased', 'in_progress')) = (leased_by_agent_id is not null)),
  check ((leased_by_agent_id is null) = (lease_expires_at is null)),
  check ((leased_by_agent_id is null) = (leased_at is null)),
  check (state not in ('submitted', 'accepted', 'completed') or (result is not null and submitted_at is not null)),
  check (state not in ('accepted', 'completed') or accepted_at is not null),
  check ((state = 'completed') = (completed_at is not null))
) with (fillfactor = 70,
  -- A leased item leaves a dead entry at the head of its queue's index, and each checkout passes over all of
  -- them until a vacuum: it has to come often.
  autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

-- These tables change so fast that they are analyzed every few seconds: only what a query may choose a plan by, and
-- no more of it than that takes.
alter table work_items
  alter column id set statistics 10, alter column tenant set statistics 10, alter column order_id set statistics 10,
  alter column order_type set statistics 10, alter column type set statistics 10,
  alter column position set statistics 10, alter column key set statistics 10, alter column state set statistics 10,
  alter column priority set statistics 10, alter column rank set statistics 10,
  alter column limit_key set statistics 10, alter column held set statistics 10,
  alter column available_at set statistics 10, alter column leased_by_agent_id set statistics 10,
  alter column lease_expires_at set statistics 10, alter column agent_counted set statistics 10,
  alter column updated_at set statistics 10, alter column type_version set statistics 0,
  alter column input set statistics 0, alter column result set statistics 0, alter column evidence set statistics 0,
  alter column notes set statistics 0, alter column error set statistics 0,
  alter column review_errors set statistics 0, alter column attempts set statistics 0,
  alter column max_attempts set statistics 0, alter column releases set statistics 0,
  alter column fence set statistics 0, alter column leased_at set statistics 0,
  alter column lease_ttl_seconds set statistics 0, alter column heartbeat_every_seconds set statistics 0,
  alter column last_heartbeat_at set statistics 0, alter column heartbeats set statistics 0,
  alter column submitted_by_agent_id set statistics 0, alter column submitted_at set statistics 0,
  alter column accepted_at set statistics 0, alter column completed_at set statistics 0,
  alter column created_at set statistics 0;

create unique index work_items_key on work_items (order_id, key) where key is not null;
-- What checkout reads, by queue and by order.
create index work_items_queue on work_items (tenant, type, rank, priority desc, id)
  where state = 'queued' and not held and limit_key is null;
create index work_items_of_order on work_items (order_id, priority desc, id)
  where state = 'queued' and not held and limit_key is null;
-- The same for items with limits: what stands behind a full key or type is found without passing over it.
create index work_items_lanes on work_items (tenant, type, order_type, limit_key, rank, id)
  where state = 'queued' and not held and limit_key is not null;
create index work_items_lanes_of_order on work_items (order_id, limit_key, rank, id)
  where state = 'queued' and not held and limit_key is not null;
-- What limits count.
create index work_items_live on work_items (tenant, order_type, limit_key)
  where state in ('leased', 'in_progress') and limit_key is not null;
create index work_items_of_agent on work_items (tenant, leased_by_agent_id)
  where agent_counted and leased_by_agent_id is not null;
-- What expiry reads.
create index work_items_expiry on work_items (tenant, type, lease_expires_at) where state in ('leased', 'in_progress');

create index work_items_failed on work_items (updated_at) where state = 'failed';

-- The queues that items were ever planned into, so that a checkout of any type need not search for them.
create table queues (
  tenant text not null,
  type text not null,
  primary key (tenant, type)
);

-- When each key of a type whose keys take turns was last served.
create table lane_turns (
  tenant text not null,
  order_type text not null,
  limit_key text not null,
  served_at timestamptz not null,
  primary key (tenant, order_type, limit_key)
);

-- Checkouts that agents and types may still have, as of when that was counted. No row means a full bucket.
create table rate_buckets (
  tenant text not null,
  kind text not null check (kind in ('agent', 'type')),
  name text not null,
  tokens double precision not null check (tokens >= 0),
  counted_at timestamptz not null,
  primary key (tenant, kind, name)
) with (fillfactor = 50);

-- Append-only, and the outbox. An order's events outlive it, hence no foreign key.
create table work_events (
  id bigint generated always as identity,
  tenant text not null,
  order_id uuid not null,
  item_id uuid,
  event text not null,
  actor_type text not null check (actor_type in ('user', 'agent', 'system')),
  actor_id text not null,
  payload jsonb,
  diff jsonb,
  message text,
  request_id text,
  -- A reader that takes only rows older than every running transaction skips no late commit.
  xid xid8 not null default pg_current_xact_id(),
  created_at timestamptz not null default clock_timestamp(),
  -- By order first: nothing reads an event by its number alone, and an index less for each event is a good part of
  -- what it costs.
  primary key (order_id, id)
);

alter table work_events
  alter column id set statistics 10, alter column tenant set statistics 10, alter column order_id set statistics 10,
  alter column item_id set statistics 10, alter column event set statistics 10, alter column xid set statistics 10,
  alter column created_at set statistics 10, alter column actor_type set statistics 0,
  alter column actor_id set statistics 0, alter column payload set statistics 0, alter column diff set statistics 0,
  alter column message set statistics 0, alter column request_id set statistics 0;

-- For the events of an item that is gone, whose order only they tell. Ids rise with time as events do, so that it is
-- enough to know which ids a stretch of pages has.
create index work_events_of_item on work_events using brin (item_id uuid_minmax_multi_ops)
  with (pages_per_range = 64, autosummarize = on);

create function refuse_event_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('orderly.retention', true) = 'on' then
    return old;
  end if;
  raise exception 'work_events is append-only' using errcode = 'restrict_violation';
end
$$;

create trigger work_events_append_only before update or delete on work_events
  for each row execute function refuse_event_change();
create trigger work_events_no_truncate before truncate on work_events
  for each statement execute function refuse_event_change();

-- What callers said of the program and the model behind a proposal or a result. It goes with its order.
create table work_provenance (
  id bigint generated always as identity primary key,
  tenant text not null,
  order_id uuid not null references work_orders on delete cascade,
  item_id uuid,
  operation text not null check (operation in ('propose', 'submit')),
  agent_id text not null,
  agent_type text,
  agent_name text,
  agent_version text,
  model_name text,
  runtime text,
  request_id text,
  request_fingerprint text not null,
  created_at timestamptz not null default clock_timestamp(),
  check ((operation = 'propose') = (item_id is null))
);

create index work_provenance_of_order on work_provenance (order_id, id);
create index work_provenance_of_item on work_provenance (item_id, id) where item_id is not null;

-- The key is a digest of tenant, caller, operation and the client's key: short, and nothing to be read from.
create table idempotency_keys (
  key_hash bytea primary key,
  body_hash bytea not null,
  status integer not null,
  -- As it was sent, to the letter: jsonb would order its names anew.
  body text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);

alter table idempotency_keys
  alter column key_hash set statistics 10, alter column expires_at set statistics 10,
  alter column body_hash set statistics 0, alter column status set statistics 0, alter column body set statistics 0,
  alter column created_at set statistics 0;

-- Rows expire in the order in which they were written, so that it is enough to know the range of each stretch of pages.
create index idempotency_keys_expiry on idempotency_keys using brin (expires_at)
  with (pages_per_range = 64, autosummarize = on);

create table api_tokens (
  id uuid primary key,
  tenant text not null,
  name text not null check (length(name) between 1 and 120),
  kind text not null check (kind in ('user', 'agent')),
  token_hash text not null unique,
  scopes text[] not null,
  agents text[] not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

create unique index api_tokens_live_name on api_tokens (tenant, name) where revoked_at is null;

-- Every version of a declared order type that was ever loaded: orders keep theirs.
create table order_type_versions (
  name text not null,
  version text not null,
  source text not null,
  first_loaded_at timestamptz not null default clock_timestamp(),
  primary key (name, version)
);

-- Keys that the nodes share and nobody else knows.
create table node_secrets (
  name text primary key,
  value bytea not null,
  created_at timestamptz not null default clock_timestamp()
);

-- Tells this database from every other: only its own nodes form a cluster.
insert into node_secrets (name, value) values ('database-id', uuid_send(gen_random_uuid()));
