package dev.orderly.domain;

import java.util.Locale;

/** Every reason for which Orderly refuses a request. The wire value is the name in lower case. */
public enum ErrorCode {
  MALFORMED_REQUEST(400, false, "The request cannot be read"),
  UNKNOWN_PARAMETER(400, false, "The request names something that does not exist"),
  UNAUTHENTICATED(401, false, "Credentials are missing or not valid"),
  FORBIDDEN(403, false, "The credentials do not allow this"),
  FOUR_EYES(403, false, "Somebody else has to approve this"),
  AGENT_NOT_ALLOWED(403, false, "The token may not act as this agent"),
  NOT_FOUND(404, false, "There is no such resource"),
  METHOD_NOT_ALLOWED(405, false, "The resource does not take this method"),
  UPLOAD_TIMED_OUT(408, true, "The upload took too long"),
  NO_ITEMS_AVAILABLE(409, true, "No work is available"),
  LEASE_CONFLICT(409, false, "The lease is not the caller's"),
  LEASE_EXPIRED(409, false, "The lease has expired"),
  STALE_FENCE(409, false, "The lease has been superseded"),
  STATE_CONFLICT(409, false, "The state does not allow this"),
  NOT_READY(409, true, "The order is not ready for approval"),
  ALREADY_REVIEWED(409, false, "The same reviewer has approved this already"),
  NOT_PREDICTABLE(409, false, "The change cannot be foretold"),
  PREDICTION_FAILED(409, false, "The change could not be foretold"),
  NOT_REVERTIBLE(409, false, "The change cannot be undone"),
  PART_CONFLICT(409, false, "The part was handed in with other content"),
  PART_SUPERSEDED(409, false, "A newer part is in use"),
  PART_GAP(409, true, "The parts before this one are missing"),
  IDEMPOTENCY_IN_PROGRESS(409, true, "The same request is still running"),
  QUOTA_EXCEEDED(409, false, "The space for artifacts is used up"),
  STALE_DIGEST(412, false, "What was reviewed is not what is there now"),
  STALE_PREDICTION(412, false, "The prediction was replaced by another"),
  BODY_TOO_LARGE(413, false, "The body is too large"),
  PART_TOO_LARGE(413, false, "The part is too large"),
  UNSUPPORTED_MEDIA_TYPE(415, false, "The body's media type is not supported"),
  RANGE_NOT_SATISFIABLE(416, false, "The range lies outside of the artifact"),
  INVALID(422, false, "The request is not valid"),
  DIGEST_MISMATCH(422, false, "The bytes do not have the digest"),
  UNKNOWN_TYPE(422, false, "There is no such order type"),
  EMPTY_PLAN(422, false, "The order has nothing to do"),
  PARTS_NOT_TAKEN(422, false, "The order type takes no parts"),
  PARTS_ONLY(422, false, "The order type takes results in parts only"),
  UNKNOWN_PART_KEY(422, false, "The order type has no such part"),
  CHECKSUM_MISMATCH(422, false, "The checksum is not that of the content"),
  PARTS_LIMIT(422, false, "The item's parts are too many or too large"),
  PARTS_MISSING(422, false, "Required parts are missing"),
  IDEMPOTENCY_MISMATCH(422, false, "The idempotency key was used for another request"),
  IDEMPOTENCY_KEY_REQUIRED(428, false, "An idempotency key is required"),
  DIGEST_REQUIRED(428, false, "The digest of what was reviewed is required"),
  RATE_LIMITED(429, true, "Too many requests"),
  INTERNAL(500, false, "Something went wrong inside"),
  OVERLOADED(503, true, "Too much is waiting"),
  UNAVAILABLE(503, true, "A part of the service is unavailable"),
  NOT_SERVED(503, true, "The part of the service that was asked is moving");

  private final int status;
  private final boolean retryable;
  private final String title;

  ErrorCode(int status, boolean retryable, String title) {
    this.status = status;
    this.retryable = retryable;
    this.title = title;
  }

  /** The HTTP status, RFC 9110. */
  public int status() {
    return status;
  }

  /** True if the same request may succeed later. */
  public boolean retryable() {
    return retryable;
  }

  public String title() {
    return title;
  }

  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }
}
