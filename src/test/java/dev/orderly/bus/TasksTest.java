package dev.orderly.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TasksTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    vertx.close();
  }

  private static final class Blocking extends VerticleBase {
    Context context() {
      return context;
    }
  }

  /** What a caller does with the outcome needs no locks. */
  @Test
  void completesOnTheContextOfWhoAsked() throws Exception {
    var blocking = new Blocking();
    var onVirtualThreads = new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD);
    vertx.deployVerticle(blocking, onVirtualThreads).await(10, TimeUnit.SECONDS);
    var caller = vertx.getOrCreateContext();
    var completedOn = Promise.<Context>promise();
    var ranOn = Promise.<Context>promise();

    caller.runOnContext(
        asked ->
            Tasks.run(
                    blocking.context(),
                    () -> {
                      ranOn.complete(Vertx.currentContext());
                      return 1;
                    })
                .onSuccess(one -> completedOn.complete(Vertx.currentContext())));

    assertThat(ranOn.future().await(10, TimeUnit.SECONDS)).isSameAs(blocking.context());
    assertThat(completedOn.future().await(10, TimeUnit.SECONDS)).isSameAs(caller);
  }
}
