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

-- Leases that begin together mostly end together: what one call leases of one order shares a row here, and the items'
-- own rows stay as they are, queued, but in no queue. As soon as anything else than their results happens to one of
-- them, all are written to their rows. An item of a bundle has the fence that follows the one in its row.
create table lease_bundles (
  id uuid primary key,
  tenant text not null,
  type text not null,
  order_id uuid not null,
  agent_id text not null,
  -- In the order of their ids.
  item_ids uuid[] not null,
  first_item uuid not null generated always as (item_ids[1]) stored,
  last_item uuid not null generated always as (item_ids[cardinality(item_ids)]) stored,
  leased_at timestamptz not null,
  ttl_seconds integer not null,
  heartbeat_every_seconds integer not null,
  expires_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

alter table lease_bundles alter column item_ids set statistics 0;

-- Bundles of one order mostly follow each other: the one that an item is in is among the first that end with it or after it.
create index lease_bundles_of_order on lease_bundles (order_id, last_item, first_item);
create index lease_bundles_expiry on lease_bundles (tenant, type, expires_at);

-- The queue follows the items, whoever writes them. A queued item that is in no queue may be leased in a bundle:
-- nobody changes it but by breaking up the bundle first.
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
    if not found and exists (
        select from lease_bundles
        where order_id = old.order_id and last_item >= old.id and first_item <= old.id and old.id = any(item_ids)) then
      raise exception 'item % is leased in a bundle', old.id using errcode = 'serialization_failure';
    end if;
  end if;
  if is_queued then
    insert into work_queue values (new.id, new.order_id, new.tenant, new.type, new.order_type, new.type_version,
      new.priority, new.rank, new.limit_key, new.available_at);
  end if;
  return null;
end
$$;

-- Whoever leases an item has taken it out of its queue before, and out of its bundle whoever writes its lease to its row
-- or takes its result.
create trigger work_items_queue_update after update on work_items for each row
  when (((old.state = 'queued' and not old.held) or (new.state = 'queued' and not new.held))
    and not (old.state = 'queued' and new.state in ('leased', 'submitted')))
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

-- Items as they are, whether their leases are bundled or not. For reading single items: what looks for items by their
-- state has to ask the tables.
create view work_items_now as
  select i.id, i.tenant, i.order_id, i.order_type, i.type_version, i.position, i.type, i.key,
    case when b.id is null then i.state else 'leased' end as state,
    i.priority, i.rank, i.limit_key, i.held, i.waits_for, i.input, i.result, i.evidence, i.notes, i.error, i.review_errors,
    i.attempts, i.max_attempts, i.releases, i.available_at,
    case when b.id is null then i.fence else i.fence + 1 end as fence,
    coalesce(b.agent_id, i.leased_by_agent_id) as leased_by_agent_id,
    coalesce(b.leased_at, i.leased_at) as leased_at,
    coalesce(b.ttl_seconds, i.lease_ttl_seconds) as lease_ttl_seconds,
    coalesce(b.heartbeat_every_seconds, i.heartbeat_every_seconds) as heartbeat_every_seconds,
    coalesce(b.expires_at, i.lease_expires_at) as lease_expires_at,
    case when b.id is null then i.last_heartbeat_at end as last_heartbeat_at,
    case when b.id is null then i.heartbeats else 0 end as heartbeats,
    b.id is null and i.agent_counted as agent_counted,
    i.submitted_by_agent_id, i.submitted_at, i.accepted_at, i.completed_at, i.failed_at, i.diff, i.applied_at,
    i.created_at, coalesce(b.leased_at, i.updated_at) as updated_at, b.id as bundle
  from work_items i
    left join lateral (
      select * from lease_bundles
      where order_id = i.order_id and last_item >= i.id and first_item <= i.id and i.id = any(item_ids)
      order by last_item limit 1) b
    on i.state = 'queued' and not i.held;

-- Which transaction took the result that a receipt is for. If it submitted the order too, the trail says so.
alter table work_items add column receipt_xid xid8, alter column receipt_xid set statistics 0;
create index event_groups_submitted on event_groups (order_id) where event = 'submitted' and item_id is null;
