package dev.orderly.state;

import dev.orderly.bus.Tasks;
import io.vertx.core.Context;
import java.util.function.Supplier;

/** Where the rules of types run: they may block, and must hold up no other command. */
public final class Hooks {
  private final Context context;

  /**
   * @param context of the verticle whose tasks wait for the rules
   */
  Hooks(Context context) {
    this.context = context;
  }

  /** Waits on a virtual thread; what the work throws is thrown here. */
  public <T> T run(Supplier<T> work) {
    return Tasks.offload(context, work).await();
  }
}
