package dev.orderly.storage;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.VertxException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;

/** PostgreSQL's error codes, and what they mean to a caller. */
public final class SqlState {
  static final String DEADLOCK_DETECTED = "40P01";
  static final String SERIALIZATION_FAILURE = "40001";
  private static final String IDLE_IN_TRANSACTION = "25P03";
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private SqlState() {}

  /**
   * Turns a failure that is nobody's fault, such as a lost connection or a deadlock that outlived
   * every try of {@link Tx}, into {@code unavailable}.
   *
   * @return the rejection, or the failure as it was
   */
  public static RuntimeException explain(Throwable failure) {
    if (failure instanceof Rejected rejected) {
      return rejected;
    }
    if (isUnavailable(failure)) {
      return new Rejected(
              ErrorCode.UNAVAILABLE, "The database does not answer; the request may be sent again")
          .next("Send it again after the time in Retry-After, to another node if there is one");
    }
    if (isContention(failure)) {
      return new Rejected(
          ErrorCode.UNAVAILABLE,
          "Others changed the same rows at the same time; the request may be sent again");
    }
    if (failure instanceof PgException e && LOCK_NOT_AVAILABLE.equals(e.getSqlState())) {
      return new Rejected(
          ErrorCode.UNAVAILABLE,
          "Something else keeps a part of this, such as a change that is being made; the request"
              + " may be sent again");
    }
    return failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
  }

  /** True if the database went away or takes no more, rather than refuse what was asked. */
  public static boolean isUnavailable(Throwable failure) {
    if (failure instanceof ClosedConnectionException
        || failure instanceof ConnectionPoolTooBusyException
        || failure instanceof IOException) {
      return true;
    }
    if (failure instanceof PgException e && e.getSqlState() != null) {
      // 08 connection, 53 resources, 57 operator intervention (shutdown, cancelled), 58 system
      var group = e.getSqlState().substring(0, Math.min(2, e.getSqlState().length()));
      return switch (group) {
        case "08", "53", "57", "58" -> true;
        default -> IDLE_IN_TRANSACTION.equals(e.getSqlState());
      };
    }
    return failure instanceof VertxException e && isDriversRefusal(e.getMessage());
  }

  /** True if the transaction lost to others again and again; the database itself is well. */
  static boolean isContention(Throwable failure) {
    return failure instanceof PgException e
        && (DEADLOCK_DETECTED.equals(e.getSqlState())
            || SERIALIZATION_FAILURE.equals(e.getSqlState()));
  }

  /** What the driver has no classes for: no connection in time, a closed pool, a closed one. */
  private static boolean isDriversRefusal(String message) {
    return message != null
        && (message.contains("Timeout")
            || message.equals("Pool closed")
            || message.equals("Connection was closed")
            || message.startsWith("Connection is not active now"));
  }

  /** True if a row of that unique index or constraint stands in the way. */
  public static boolean violates(Throwable failure, String constraint) {
    return failure instanceof PgException e && constraint.equals(e.getConstraint());
  }
}
