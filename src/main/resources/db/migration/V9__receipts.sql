-- Nearly every result comes with an idempotency key, and its answer is all in the item's row: so the key stands there
-- too, instead of a row of its own in idempotency_keys, with an index entry at a random place. All four are null or none is; a
-- check of that would be read anew for each statement that writes items.

alter table work_items
  -- SHA-256 of the idempotency key with which the present result came, and of the request's body.
  add column receipt_key bytea,
  add column receipt_body bytea,
  -- What the answer said that a later lease changes.
  add column receipt_fence bigint,
  add column receipt_attempts integer;

alter table work_items
  alter column receipt_key set statistics 0, alter column receipt_body set statistics 0,
  alter column receipt_fence set statistics 0, alter column receipt_attempts set statistics 0;
