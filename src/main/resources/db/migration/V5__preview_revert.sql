-- Predictions of changes, changes that are held for review, and orders that revert others.

alter table work_orders
  -- True while a change that was made differs from the one that was approved, and nobody has confirmed it.
  add column held_for_review boolean not null default false,
  -- Which order this one undoes.
  add column reverts_order_id uuid references work_orders on delete cascade,
  -- Which order has undone this one.
  add column reverted_by_order_id uuid,
  add check (not held_for_review or state = 'applied'),
  add check (reverted_by_order_id is null or state = 'completed');

alter table work_orders
  alter column held_for_review set statistics 0, alter column reverted_by_order_id set statistics 0;

-- An order is reverted by one other at most; one that was turned down leaves its place.
create unique index work_orders_reverts on work_orders (reverts_order_id)
  where reverts_order_id is not null and state not in ('rejected', 'cancelled', 'dead_lettered');
create index work_orders_reverts_all on work_orders (reverts_order_id) where reverts_order_id is not null;

-- What an order's change was predicted to be: what its reviewers see, and what it is compared with when it is made.
create table order_predictions (
  order_id uuid primary key references work_orders on delete cascade,
  tenant text not null,
  -- The submissions that it was made from.
  basis text not null,
  digest text not null,
  diff jsonb not null,
  predicted_by text not null check (predicted_by in ('sql', 'webhook', 'expression', 'java', 'none')),
  predicted_at timestamptz not null default clock_timestamp(),
  approved_at timestamptz,
  -- From here on the target may have made the change: it is asked for no prediction any more.
  effect_begun_at timestamptz,
  check (effect_begun_at is null or approved_at is not null)
);
