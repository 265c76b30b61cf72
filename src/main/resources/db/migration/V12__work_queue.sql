-- What can be given out stands in a table of its own, a row for each such item, for as long as it can be. Whoever takes an
-- item out of its queue must have that row: it is the lock of what is queued, small enough to be deleted and written anew,
-- and while no index of an item tells its state any more, a result is written into the page that its item stands in.

create table work_queue (
  item_id uuid not null,
  order_id uuid not null,
  tenant text not null,
  type text not null,
  order_type text not null,
  type_version text not null,
  priority integer not null,
  rank bigint not null,
  limit_key text,
  available_at timestamptz not null
) with (
  -- A leased item leaves a dead entry at the head of its queue's index, and each checkout passes over all of
  -- them until a vacuum: it has to come often.
  autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

alter table work_queue
  alter column item_id set statistics 10, alter column order_id set statistics 10, alter column tenant set statistics 10,
  alter column type set statistics 10, alter column order_type set statistics 10, alter column priority set statistics 10,
  alter column rank set statistics 10, alter column limit_key set statistics 10,
  alter column available_at set statistics 10, alter column type_version set statistics 0;

insert into work_queue
  select id, order_id, tenant, type, order_type, type_version, priority, rank, limit_key, available_at
  from work_items where state = 'queued' and not held order by id;

-- What checkout reads, by order and by queue.
create unique index work_queue_of_order on work_queue (order_id, priority desc, item_id);
create index work_queue_of_type on work_queue (tenant, type, rank, priority desc, item_id) where limit_key is null;
-- The same for items with limits: what stands behind a full key or type is found without passing over it.
create index work_queue_lanes on work_queue (tenant, type, order_type, limit_key, rank, item_id)
  where limit_key is not null;
create index work_queue_lanes_of_order on work_queue (order_id, limit_key, rank, item_id) where limit_key is not null;

-- The queue follows the items, whoever writes them.
create function follow_work_item() returns trigger language plpgsql as $$
declare
  was boolean := tg_op <> 'INSERT' and old.state = 'queued' and not old.held;
  is_queued boolean := tg_op <> 'DELETE' and new.state = 'queued' and not new.held;
begin
  if was and is_queued and (old.order_id, old.tenant, old.type, old.order_type, old.type_version, old.priority, old.rank,
      old.limit_key, old.available_at) is not distinct from (new.order_id, new.tenant, new.type, new.order_type,
      new.type_version, new.priority, new.rank, new.limit_key, new.available_at) then
    return null;
  end if;
  if was then
    delete from work_queue where order_id = old.order_id and priority = old.priority and item_id = old.id;
  end if;
  if is_queued then
    insert into work_queue values (new.id, new.order_id, new.tenant, new.type, new.order_type, new.type_version,
      new.priority, new.rank, new.limit_key, new.available_at);
  end if;
  return null;
end
$$;

create trigger work_items_queue_update after update on work_items for each row
  when ((old.state = 'queued' and not old.held) or (new.state = 'queued' and not new.held))
  execute function follow_work_item();
create trigger work_items_queue_delete after delete on work_items for each row
  when (old.state = 'queued' and not old.held) execute function follow_work_item();

-- Plans come with many thousand items, all at once.
create function queue_work_items() returns trigger language plpgsql as $$
begin
  insert into work_queue
    select id, order_id, tenant, type, order_type, type_version, priority, rank, limit_key, available_at
    from planned where state = 'queued' and not held;
  return null;
end
$$;

create trigger work_items_queue_insert after insert on work_items referencing new table as planned
  for each statement execute function queue_work_items();

-- An update that changes nothing that an index tells needs no new entry in any of them. The state of an item changes each
-- time, so no index may tell it: each stands on what it is about, which most updates leave as it is.
drop index work_items_queue, work_items_of_order, work_items_lanes, work_items_lanes_of_order, work_items_live,
  work_items_expiry, work_items_failed;

create index work_items_live on work_items (tenant, order_type, limit_key)
  where leased_by_agent_id is not null and limit_key is not null;
create index work_items_expiry on work_items (tenant, type, lease_expires_at) where lease_expires_at is not null;

alter table work_items add column failed_at timestamptz
  generated always as (case when state = 'failed' then updated_at end) stored;
create index work_items_failed on work_items (failed_at) where failed_at is not null;

-- Room in each page for its items once they have results.
alter table work_items set (fillfactor = 40);
