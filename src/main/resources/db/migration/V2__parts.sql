-- Results that are handed in by parts.

-- Which parts an item's result must have. A row for each item of a type that takes parts, and for no other.
create table work_item_part_plans (
  item_id uuid primary key references work_items on delete cascade,
  tenant text not null,
  -- A list of part keys, possibly empty.
  required jsonb not null check (jsonb_typeof(required) = 'array')
);

-- Validated parts are those in use. A replaced part is superseded; a bad one is rejected and was never in use.
create table work_item_parts (
  id uuid primary key,
  tenant text not null,
  item_id uuid not null references work_items on delete cascade,
  part_key text not null check (length(part_key) between 1 and 120),
  seq integer not null check (seq >= 0),
  mode text not null check (mode in ('replace', 'chunks')),
  status text not null check (status in ('validated', 'rejected', 'superseded')),
  payload jsonb not null,
  -- The payload's size as canonical JSON (RFC 8785), and SHA-256 of that.
  bytes integer not null check (bytes > 0),
  checksum text not null check (checksum ~ '^[0-9a-f]{64}$'),
  evidence jsonb,
  notes text,
  errors jsonb,
  submitted_by_agent_id text not null,
  fence bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  superseded_at timestamptz,

  check ((status = 'rejected') = (errors is not null)),
  check ((status = 'superseded') = (superseded_at is not null))
);

create unique index work_item_parts_in_use on work_item_parts (item_id, part_key, seq) where status = 'validated';
create index work_item_parts_of_item on work_item_parts (item_id, part_key, seq desc, id desc);
