-- PostgreSQL reads every CHECK of a table anew, from its text, for each statement that writes to the table. An order had
-- twenty-six, and its row is written by every batch of checkouts and of results: they were more than half of what that
-- statement cost. A function is read once for each connection, so the same conditions stand in one.

create function order_is_sound(
  state text, type text, priority integer, requested_by_type text, on_item_failure text, fewest_items integer,
  apply_max_attempts integer, apply_owner text, apply_lease_expires_at timestamptz, apply_next_at timestamptz,
  approved_at timestamptz, applied_at timestamptz, completed_at timestamptz, diff jsonb, review_quorum integer,
  review_escalate_seconds integer, held_for_review boolean, reverted_by_order_id uuid, items_satisfied_by text)
returns boolean language plpgsql immutable parallel safe as $$
begin
  return state in ('queued', 'checked_out', 'in_progress', 'submitted', 'approved', 'applied', 'completed', 'rejected',
      'failed', 'dead_lettered', 'cancelled')
    and fewest_items >= 0
    and (apply_owner is null) = (apply_lease_expires_at is null)
    and case when state in ('approved', 'applied') then approved_at is not null and apply_next_at is not null
      else apply_owner is null and apply_next_at is null end
    and (state not in ('applied', 'completed') or (applied_at is not null and diff is not null))
    and (state = 'completed') = (completed_at is not null)
    and (not held_for_review or state = 'applied')
    and (reverted_by_order_id is null or state = 'completed')
    and length(type) between 1 and 120
    and priority between 0 and 1000
    and requested_by_type in ('user', 'agent', 'system')
    and on_item_failure in ('fail', 'continue')
    and apply_max_attempts > 0
    and review_quorum between 1 and 20
    and (review_escalate_seconds is null or review_escalate_seconds > 0)
    and (items_satisfied_by is null or items_satisfied_by in ('submitted', 'accepted'));
end
$$;

alter table work_orders
  drop constraint work_orders_state_check,
  drop constraint work_orders_type_check,
  drop constraint work_orders_priority_check,
  drop constraint work_orders_requested_by_type_check,
  drop constraint work_orders_on_item_failure_check,
  drop constraint work_orders_items_queued_check,
  drop constraint work_orders_items_leased_check,
  drop constraint work_orders_items_in_progress_check,
  drop constraint work_orders_items_submitted_check,
  drop constraint work_orders_items_accepted_check,
  drop constraint work_orders_items_completed_check,
  drop constraint work_orders_items_rejected_check,
  drop constraint work_orders_items_failed_check,
  drop constraint work_orders_items_dead_lettered_check,
  drop constraint work_orders_items_cancelled_check,
  drop constraint work_orders_apply_max_attempts_check,
  drop constraint work_orders_check,
  drop constraint work_orders_check1,
  drop constraint work_orders_check2,
  drop constraint work_orders_check3,
  drop constraint work_orders_check4,
  drop constraint work_orders_review_quorum_check,
  drop constraint work_orders_review_escalate_seconds_check,
  drop constraint work_orders_check5,
  drop constraint work_orders_check6,
  drop constraint work_orders_items_satisfied_by_check,
  add constraint work_orders_sound check (order_is_sound(state, type, priority, requested_by_type, on_item_failure,
    least(items_queued, items_leased, items_in_progress, items_submitted, items_accepted, items_completed,
      items_rejected, items_failed, items_dead_lettered, items_cancelled),
    apply_max_attempts, apply_owner, apply_lease_expires_at, apply_next_at, approved_at, applied_at, completed_at, diff,
    review_quorum, review_escalate_seconds, held_for_review, reverted_by_order_id, items_satisfied_by));
