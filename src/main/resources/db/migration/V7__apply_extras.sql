-- What follows an order's change and is over: done, or given up after its tries.
create table order_after_apply (
  order_id uuid not null references work_orders on delete cascade,
  tenant text not null,
  position integer not null check (position >= 0),
  outcome text not null check (outcome in ('done', 'failed')),
  ended_at timestamptz not null default clock_timestamp(),
  primary key (order_id, position)
);

-- Which order proposed which others once its change was made. The name keeps one from being proposed twice.
create table order_follow_ups (
  order_id uuid not null references work_orders on delete cascade,
  tenant text not null,
  name text not null,
  follow_up_id uuid not null unique references work_orders on delete cascade,
  -- How many orders precede the follow-up in its chain.
  depth integer not null check (depth > 0),
  created_at timestamptz not null default clock_timestamp(),
  primary key (order_id, name)
);

-- True if each accepted item's change is made by itself.
alter table work_orders add column apply_per_item boolean not null default false;

-- What the system accepts item by item.
create index work_orders_to_auto_accept on work_orders (id)
  where auto_approve and apply_per_item and state in ('queued', 'checked_out', 'in_progress');

-- The change of an item that was made by itself.
alter table work_items add column diff jsonb, add column applied_at timestamptz,
  alter column diff set statistics 0, alter column applied_at set statistics 0;
alter table work_items add check ((diff is null) = (applied_at is null)), add check (applied_at is null or state = 'completed');

-- Accepted items whose own change is to be made: which try holds each (fence), until when, and when the next may begin.
create table item_applies (
  item_id uuid primary key references work_items on delete cascade,
  order_id uuid not null references work_orders on delete cascade,
  tenant text not null,
  type text not null,
  type_version text not null,
  max_attempts integer not null check (max_attempts > 0),
  attempts integer not null default 0,
  fence bigint not null default 0,
  owner text,
  lease_expires_at timestamptz,
  -- Null once it failed for good; a retry sets it again.
  next_at timestamptz,
  check ((owner is null) = (lease_expires_at is null)),
  check (owner is null or next_at is not null)
) with (fillfactor = 70);

create index item_applies_due on item_applies (next_at) where next_at is not null;
create index item_applies_of_order on item_applies (order_id);
