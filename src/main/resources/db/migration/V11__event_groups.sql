-- A transaction leases or takes the results of many items at once, and what it records of them differs in little more
-- than the item. So the events of one kind that a transaction records for one order share a row, as far as they follow
-- each other; who reads the trail reads work_events, which tells them apart again.

alter table work_events rename to event_groups;
alter index work_events_pkey rename to event_groups_pkey;

alter table event_groups
  -- The items, an event for each; null if there is only item_id, or no item at all. item_id is the lowest of them then
  -- and item_to the highest.
  add column item_ids uuid[],
  add column item_to uuid,
  -- What is not the same for all, in the order of item_ids. The rest stands in the columns of the same name: payload has
  -- the members that all have in common, and payloads the others.
  add column actor_ids text[],
  add column request_ids text[],
  add column payloads json[];

-- Each row takes a stretch of numbers: its events have them one after the other.
alter table event_groups alter column id set increment by 64;

-- What is compressed to save a little space here has to be taken apart for each line of a trail.
alter table event_groups set (toast_tuple_target = 8160);

alter table event_groups
  alter column item_ids set statistics 0, alter column item_to set statistics 10,
  alter column actor_ids set statistics 0, alter column request_ids set statistics 0,
  alter column payloads set statistics 0;

drop index work_events_of_item;
create index event_groups_of_item on event_groups
  using brin (item_id uuid_minmax_multi_ops, item_to uuid_minmax_multi_ops)
  with (pages_per_range = 64, autosummarize = on);

create view work_events as
  select g.id + e.place - 1 as id, g.tenant, g.order_id, e.item_id, g.event, g.actor_type,
    coalesce(g.actor_ids[e.place], g.actor_id) as actor_id,
    case
      when g.payloads is null then g.payload
      when g.payload::text = '{}' then g.payloads[e.place]
      -- One object after the other, as they are written: without blanks, and without a member that both have.
      else (left(g.payload::text, -1) || ',' || substr(g.payloads[e.place]::text, 2))::json
    end as payload,
    g.diff, g.message, coalesce(g.request_ids[e.place], g.request_id) as request_id, g.xid, g.created_at,
    g.id as group_id
  from event_groups g
    cross join lateral unnest(coalesce(g.item_ids, array[g.item_id])) with ordinality as e(item_id, place);

-- Nodes of an earlier version, which run on while the first of this one starts, write event by event.
create function record_event() returns trigger language plpgsql as $$
begin
  insert into event_groups
    (tenant, order_id, item_id, event, actor_type, actor_id, payload, diff, message, request_id)
  values (new.tenant, new.order_id, new.item_id, new.event, new.actor_type, new.actor_id, new.payload, new.diff,
    new.message, new.request_id)
  returning id into new.id;
  return new;
end
$$;

create trigger work_events_record instead of insert on work_events
  for each row execute function record_event();

create or replace function refuse_event_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('orderly.retention', true) = 'on' then
    return old;
  end if;
  raise exception 'event_groups is append-only' using errcode = 'restrict_violation';
end
$$;
