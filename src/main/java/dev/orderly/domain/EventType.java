package dev.orderly.domain;

import java.util.Locale;

/** What the audit trail records. The wire value is the name in lower case. */
public enum EventType {
  PROPOSED,
  PLANNED,
  LEASED,
  CHECKED_OUT,
  IN_PROGRESS,
  RELEASED,
  LEASE_EXPIRED,
  ATTEMPT_FAILED,
  PART_SUBMITTED,
  PART_REJECTED,
  SUBMITTED,
  REQUEUED,
  REWORK_REQUESTED,
  REVIEW_APPROVED,
  REVIEW_OVERDUE,
  COMMENTED,
  ACCEPTED,
  APPROVED,
  APPLY_STARTED,
  APPLY_FAILED,
  APPLIED,
  AFTER_APPLY_DONE,
  AFTER_APPLY_FAILED,
  FOLLOW_UP_PROPOSED,
  FOLLOW_UP_FAILED,
  COMPLETED,
  REJECTED,
  FAILED,
  RETRIED,
  CANCELLED,
  DEAD_LETTERED,
  REFUSED,
  BLOCKED,
  UNBLOCKED;

  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }
}
