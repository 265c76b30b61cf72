package dev.orderly.state.submit;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * How long a node waits between its transactions of results. Several nodes would write the same
 * results in more and smaller transactions, which cost the database they share more and wait for
 * each other's orders; so each rests as long as it wrote, and more results gather. A node that is
 * alone does not.
 */
public final class RestAmongNodes implements Function<Duration, Future<Void>> {
  /** Little beside what agents take for their work. */
  private static final long LONGEST_MILLIS = 15;

  private final Vertx vertx;
  private final BooleanSupplier alone;

  /**
   * @param alone whether there is no other node now
   */
  public RestAmongNodes(Vertx vertx, BooleanSupplier alone) {
    this.vertx = vertx;
    this.alone = alone;
  }

  /** Completes when it is over; at once if there is none. */
  @Override
  public Future<Void> apply(Duration wrote) {
    long millis = Math.min(wrote.toMillis(), LONGEST_MILLIS);
    return millis > 0 && !alone.getAsBoolean()
        ? vertx.timer(millis, TimeUnit.MILLISECONDS).mapEmpty()
        : Future.succeededFuture();
  }
}
