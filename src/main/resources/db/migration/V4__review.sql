-- Reviewing: what the type asks of reviewers, as it was when the order was proposed; votes; comments.

alter table work_orders
  add column review_quorum integer not null default 1 check (review_quorum between 1 and 20),
  add column review_four_eyes boolean not null default false,
  add column review_digest_required boolean not null default false,
  add column review_escalate_seconds integer check (review_escalate_seconds > 0),
  -- When the round of review that was overdue last was told to be so.
  add column review_escalated_at timestamptz,
  -- Rises when what was approved is up for review again though no submission is new: nothing that was seen or said
  -- before counts then.
  add column review_round integer not null default 0,
  -- True while the system is to approve the order as soon as its items are decided one by one.
  add column review_closing boolean not null default false;

alter table work_orders
  alter column review_quorum set statistics 0, alter column review_four_eyes set statistics 0,
  alter column review_digest_required set statistics 0, alter column review_round set statistics 0;

create index work_orders_review_due on work_orders (last_transitioned_at)
  where state = 'submitted' and review_escalate_seconds is not null;
create index work_orders_to_close on work_orders (id) where state = 'submitted' and review_closing;

-- Approvals where one is not enough. A vote is for one submission, which item and fence name, in one round of
-- its order: it means nothing for a later one, and stays as history.
create table review_votes (
  item_id uuid not null,
  fence bigint not null,
  round integer not null,
  reviewer_type text not null check (reviewer_type in ('user', 'agent', 'system')),
  reviewer_id text not null,
  tenant text not null,
  order_id uuid not null references work_orders on delete cascade,
  agent_id text not null,
  -- Of the order, or of the item if only that was approved, as the reviewer saw it.
  digest text not null,
  notes text,
  created_at timestamptz not null default now(),
  primary key (item_id, fence, round, reviewer_type, reviewer_id)
);

create index review_votes_of_order on review_votes (order_id);

-- No reference to the item: whoever holds the items' locks for an apply must not hold up a comment.
create table work_comments (
  id uuid primary key,
  tenant text not null,
  order_id uuid not null references work_orders on delete cascade,
  item_id uuid,
  pointer text,
  text text not null check (length(text) between 1 and 10000),
  author_type text not null check (author_type in ('user', 'agent', 'system')),
  author_id text not null,
  agent_id text not null,
  created_at timestamptz not null default clock_timestamp()
);

create index work_comments_of_order on work_comments (order_id, id);
create index work_comments_of_item on work_comments (item_id, id) where item_id is not null;
