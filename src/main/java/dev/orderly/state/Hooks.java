package dev.orderly.state;

import dev.orderly.bus.Tasks;
import dev.orderly.bus.Tasks.TookTooLong;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/** Where the rules of types run: they may block, and must hold up no other command. */
public final class Hooks {
  /** Far longer than anybody waits for an answer. */
  public static final Duration LIMIT = Duration.ofSeconds(60);

  private final Context context;
  private final Duration limit;

  /**
   * @param context of the verticle whose tasks wait for the rules
   * @param limit how long they may take
   */
  Hooks(Context context, Duration limit) {
    this.context = context;
    this.limit = limit;
  }

  /** Waits on a virtual thread; what the work throws is thrown here. */
  public <T> T run(Supplier<T> work) {
    return start(work).await();
  }

  /**
   * The outcome comes on the verticle's context; {@link Rejected} if the time is over.
   *
   * @param work gets a thread of its own, which is interrupted then
   */
  public <T> Future<T> start(Supplier<T> work) {
    return Tasks.offload(context, limit, work)
        .recover(
            failure -> Future.failedFuture(failure instanceof TookTooLong ? tooLong() : failure));
  }

  private Rejected tooLong() {
    return new Rejected(
        ErrorCode.UNAVAILABLE,
        "The order type's own code took longer than %d s and was told to stop"
            .formatted(limit.toSeconds()));
  }
}
