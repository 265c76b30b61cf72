-- Files that submissions refer to by their digest. A row is there only once all of the bytes are.
create table artifacts (
  -- Names the bytes: those of a digest that was removed and uploaded anew have another one.
  id uuid primary key,
  tenant text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint not null check (bytes >= 0),
  media_type text not null check (length(media_type) between 3 and 255),
  place text not null check (place in ('database', 'directory')),
  uploaded_by_type text not null check (uploaded_by_type in ('user', 'agent', 'system')),
  uploaded_by_id text not null,
  uploaded_by_agent_id text not null,
  created_at timestamptz not null default clock_timestamp(),
  -- When it was last uploaded: what nothing refers to is kept for a while from then.
  touched_at timestamptz not null default clock_timestamp(),
  constraint artifacts_digest unique (tenant, sha256)
) with (fillfactor = 80);

create index artifacts_touched on artifacts (touched_at);

-- Written piece by piece, before the artifact's row is: a transaction as long as a large file takes would hold up
-- vacuum and whoever follows the events. Hence no foreign key.
create table artifact_chunks (
  artifact_id uuid not null,
  position integer not null check (position >= 0),
  data bytea not null,
  primary key (artifact_id, position)
);

-- Most of what is uploaded is compressed already, or is read once.
alter table artifact_chunks alter column data set storage external;

-- Those whose chunks are being written. What stays here for long was left by a node that died.
create table artifact_writes (
  artifact_id uuid primary key,
  began_at timestamptz not null default clock_timestamp()
);

-- How much each tenant has, so that its limit can be held exactly.
create table artifact_totals (
  tenant text primary key,
  bytes bigint not null check (bytes >= 0)
) with (fillfactor = 50);

-- Which items' submissions named which artifacts. While there is one, the artifact stays.
create table artifact_uses (
  item_id uuid not null,
  tenant text not null,
  sha256 text not null,
  order_id uuid not null references work_orders on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  primary key (item_id, sha256),
  constraint artifact_uses_artifact foreign key (tenant, sha256) references artifacts (tenant, sha256)
);

create index artifact_uses_of_artifact on artifact_uses (tenant, sha256);
create index artifact_uses_of_order on artifact_uses (order_id);
