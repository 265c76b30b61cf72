package dev.orderly.storage;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;

/** PostgreSQL's error codes, and what they mean to a caller. */
public final class SqlState {
  static final String DEADLOCK_DETECTED = "40P01";
  static final String SERIALIZATION_FAILURE = "40001";

  private SqlState() {}

  /**
   * Turns a failure that is nobody's fault, such as a lost connection, into {@code unavailable}.
   *
   * @return the rejection, or the failure as it was
   */
  public static RuntimeException explain(Throwable failure) {
    if (failure instanceof Rejected rejected) {
      return rejected;
    }
    if (isUnavailable(failure)) {
      return new Rejected(
          ErrorCode.UNAVAILABLE, "The database does not answer; the request may be sent again");
    }
    return failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
  }

  /** True if the database went away or takes no more, rather than refuse what was asked. */
  public static boolean isUnavailable(Throwable failure) {
    if (failure instanceof ClosedConnectionException || failure instanceof IOException) {
      return true;
    }
    if (failure instanceof PgException e && e.getSqlState() != null) {
      // 08 connection, 53 resources, 57 operator intervention (shutdown, cancelled), 58 system
      var group = e.getSqlState().substring(0, 2);
      return switch (group) {
        case "08", "53", "57", "58" -> true;
        default -> false;
      };
    }
    // The pool's own way to say that no connection came free in time.
    return failure instanceof io.vertx.core.VertxException
        && failure.getMessage() != null
        && failure.getMessage().contains("Timeout");
  }

  /** True if a row of that unique index or constraint stands in the way. */
  public static boolean violates(Throwable failure, String constraint) {
    return failure instanceof PgException e && constraint.equals(e.getConstraint());
  }
}
