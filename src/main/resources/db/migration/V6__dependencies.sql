-- What must be done before what: items of one plan on each other, orders on earlier orders.

alter table work_orders
  -- The orders that must be completed before work on this one begins; null if there are none.
  add column depends_on uuid[],
  -- How far an item must be for those that depend on it to begin; null if no item depends on another.
  add column items_satisfied_by text check (items_satisfied_by in ('submitted', 'accepted'));

alter table work_items
  -- How many of the items and orders that it depends on are not done. Such an item is held, so that what checkout
  -- reads needs to know nothing of dependencies.
  add column waits_for integer not null default 0,
  -- One check, of which an item that waits for nothing pays the first word only.
  add check (waits_for = 0
    or (waits_for > 0 and leased_by_agent_id is null and (held or state <> 'queued')));

alter table work_orders alter column depends_on set statistics 0, alter column items_satisfied_by set statistics 0;
alter table work_items alter column waits_for set statistics 0;

create index work_items_blocked on work_items (order_id) where waits_for > 0;

create table item_dependencies (
  tenant text not null,
  item_id uuid not null references work_items on delete cascade,
  depends_on_item_id uuid not null references work_items on delete cascade,
  satisfied boolean not null default false,
  primary key (item_id, depends_on_item_id),
  check (item_id <> depends_on_item_id)
);

create index item_dependencies_reverse on item_dependencies (depends_on_item_id, item_id);

create table order_dependencies (
  tenant text not null,
  order_id uuid not null references work_orders on delete cascade,
  depends_on_order_id uuid not null references work_orders on delete cascade,
  satisfied boolean not null default false,
  primary key (order_id, depends_on_order_id),
  check (order_id <> depends_on_order_id)
);

create index order_dependencies_reverse on order_dependencies (depends_on_order_id, order_id);
