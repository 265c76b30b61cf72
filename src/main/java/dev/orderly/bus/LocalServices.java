package dev.orderly.bus;

import io.netty.channel.EventLoop;
import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.Timer;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocal;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * What this node serves itself. A call within a node needs no reply address, and many calls share
 * one coarse clock for their time limits and one waking of the other thread: that is what makes it
 * cheaper than a message.
 */
final class LocalServices {
  private static final long TICK_MILLIS = 50;

  /** A handler and where it runs. */
  record Service(ContextInternal context, Function<Envelope, ? extends Future<?>> handler) {}

  /** Those who serve one address, in turns. */
  private record Serving(List<Service> services, AtomicInteger turn) {
    Service next() {
      return services.size() == 1
          ? services.getFirst()
          : services.get(Math.floorMod(turn.getAndIncrement(), services.size()));
    }
  }

  private final Map<String, Serving> addresses = new ConcurrentHashMap<>();
  private final Timer clock =
      new HashedWheelTimer(
          new DefaultThreadFactory("orderly-call-limits", true),
          TICK_MILLIS,
          TimeUnit.MILLISECONDS);

  private final FastThreadLocal<Outgoing> outgoing =
      new FastThreadLocal<>() {
        @Override
        protected Outgoing initialValue() {
          return new Outgoing();
        }
      };

  void add(String address, Service service) {
    addresses.merge(
        address,
        new Serving(List.of(service), new AtomicInteger()),
        (before, added) -> {
          var all = new ArrayList<>(before.services());
          all.add(service);
          return new Serving(List.copyOf(all), before.turn());
        });
  }

  void remove(String address, Service service) {
    addresses.computeIfPresent(
        address,
        (name, serving) -> {
          var left = serving.services().stream().filter(s -> s != service).toList();
          return left.isEmpty() ? null : new Serving(left, serving.turn());
        });
  }

  /**
   * @return who serves the address on this node; null if nobody does
   */
  Service find(String address) {
    var serving = addresses.get(address);
    return serving == null ? null : serving.next();
  }

  /**
   * @param caller where the reply is delivered
   * @return the handler's outcome as it is, or a {@link TimeoutException}
   */
  <R> Future<R> call(Service service, Envelope message, ContextInternal caller, Duration limit) {
    var reply = caller.<R>promise();
    var timeout =
        clock.newTimeout(
            t -> reply.tryFail(new TimeoutException("no reply within " + limit)),
            limit.toMillis(),
            TimeUnit.MILLISECONDS);
    Runnable send =
        () ->
            service
                .context()
                .runOnContext(
                    ignored ->
                        service
                            .handler()
                            .apply(message)
                            .onComplete(result -> complete(reply, timeout, result)));
    if (caller.isEventLoopContext() && caller.inThread()) {
      outgoing.get().add(caller.nettyEventLoop(), send);
    } else {
      send.run();
    }
    return reply.future();
  }

  private static <R> void complete(Promise<R> reply, Timeout timeout, AsyncResult<?> result) {
    timeout.cancel();
    if (result.succeeded()) {
      @SuppressWarnings("unchecked")
      var value = (R) result.result();
      reply.tryComplete(value);
    } else {
      reply.tryFail(result.cause());
    }
  }

  /**
   * What an event loop asks of others while it handles what came in, kept until it is through with
   * that: other threads, which may sleep, are woken once for all of it and not for each call. To
   * wake a thread costs both sides more than the rest of a call.
   */
  private static final class Outgoing {
    private List<Runnable> sends = new ArrayList<>();

    void add(EventLoop loop, Runnable send) {
      if (sends.isEmpty()) {
        loop.execute(this::flush);
      }
      sends.add(send);
    }

    private void flush() {
      var all = sends;
      sends = new ArrayList<>();
      all.forEach(Runnable::run);
    }
  }

  void close() {
    clock.stop();
  }
}
