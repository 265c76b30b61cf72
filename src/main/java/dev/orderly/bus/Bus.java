package dev.orderly.bus;

import dev.orderly.bus.Envelope.Encoded;
import dev.orderly.bus.Envelope.Refused;
import dev.orderly.bus.Envelope.Value;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Refusal;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Typed request and reply over the event bus. A served address always replies: a value, a refusal
 * or an opaque failure with an incident id that stands in the log.
 */
public final class Bus {
  private static final Logger LOG = LoggerFactory.getLogger(Bus.class);

  private final Vertx vertx;
  private final EventBus eventBus;
  private final LocalServices local = new LocalServices();
  private final DeliveryOptions options;
  private final DeliveryOptions here;
  private final UnaryOperator<Throwable> explain;

  /**
   * @param timeout how long a caller waits for a reply before the answer is {@code unavailable}
   */
  public Bus(Vertx vertx, Duration timeout) {
    this(vertx, timeout, UnaryOperator.identity());
  }

  /**
   * @param timeout how long a caller waits for a reply before the answer is {@code unavailable}
   * @param explain turns a handler's failure that is nobody's fault into a {@link Rejected}, and
   *     leaves any other as it is
   */
  public Bus(Vertx vertx, Duration timeout, UnaryOperator<Throwable> explain) {
    this.vertx = vertx;
    this.explain = explain;
    this.eventBus = vertx.eventBus();
    this.options =
        new DeliveryOptions().setCodecName(EnvelopeCodec.NAME).setSendTimeout(timeout.toMillis());
    this.here = new DeliveryOptions(options).setLocalOnly(true);
    ((VertxInternal) vertx)
        .addCloseHook(
            closed -> {
              local.close();
              closed.succeed();
            });
  }

  /** Once for each Vert.x instance, before anything is sent. */
  public static void install(Vertx vertx) {
    vertx.eventBus().registerCodec(new EnvelopeCodec());
  }

  /**
   * Answers an address's messages, on the caller's context, until that is closed. A call from this
   * node comes here before any other node is asked; those who serve the same address take turns.
   */
  public <Q, R> Served serve(Address<Q, R> address, Function<Q, Future<R>> handler) {
    var context = context();
    Function<Envelope, Future<R>> answering =
        body -> {
          try {
            return handler.apply(decode(body, address.request()));
          } catch (RuntimeException e) {
            return Future.failedFuture(e);
          }
        };
    var consumer =
        eventBus.<Envelope>consumer(
            address.name(),
            message ->
                received(message, answering)
                    .onComplete(
                        value -> answer(message, new Value(value)),
                        failure ->
                            answer(
                                message,
                                new Refused(Refusal.of(rejection(address.name(), failure))))));
    var service = new LocalServices.Service(context, answering);
    local.add(address.name(), service);
    context
        .closeFuture()
        .add(
            closed -> {
              local.remove(address.name(), service);
              closed.succeed();
            });
    return () -> {
      local.remove(address.name(), service);
      return consumer.unregister();
    };
  }

  /** What another node sent is read only now. */
  private static <R> Future<R> received(
      Message<Envelope> message, Function<Envelope, Future<R>> answering) {
    try {
      return answering.apply(message.body());
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  /**
   * As {@link #serve}, for a handler that may block its virtual thread; each message gets a thread
   * of its own, so one that waits holds up no other.
   */
  public <Q, R> Served serveBlocking(Address<Q, R> address, Function<Q, R> handler) {
    return serveBlocking(address, Integer.MAX_VALUE, handler);
  }

  /**
   * As {@link #serveBlocking(Address, Function)}, with a bound.
   *
   * @param inboxMax how many messages may be under way; more are answered {@code overloaded}
   */
  public <Q, R> Served serveBlocking(Address<Q, R> address, int inboxMax, Function<Q, R> handler) {
    var context = vertx.getOrCreateContext();
    var underWay = new AtomicInteger();
    return serve(
        address,
        request -> {
          if (underWay.incrementAndGet() > inboxMax) {
            underWay.decrementAndGet();
            return Future.failedFuture(
                new Rejected(
                    ErrorCode.OVERLOADED,
                    inboxMax + " requests of this kind are under way; try later"));
          }
          return Tasks.run(context, () -> handler.apply(request))
              .onComplete(done -> underWay.decrementAndGet());
        });
  }

  /** Sends a message; the reply's failure is always a {@link Rejected}. */
  public <Q, R> Future<R> call(Address<Q, R> address, Q message) {
    return call(address, message, Duration.ofMillis(options.getSendTimeout()));
  }

  /**
   * As {@link #call(Address, Object)}, for a reply that may take longer.
   *
   * @param timeout how long to wait for the reply
   */
  public <Q, R> Future<R> call(Address<Q, R> address, Q message, Duration timeout) {
    var service = local.find(address.name());
    return service == null
        ? callRemote(address, message, timeout)
        : local
            .<R>call(service, new Value(message), context(), timeout)
            .recover(failure -> Future.failedFuture(rejection(address.name(), failure)));
  }

  private <Q, R> Future<R> callRemote(Address<Q, R> address, Q message, Duration timeout) {
    var delivery =
        timeout.toMillis() == options.getSendTimeout()
            ? options
            : new DeliveryOptions(options).setSendTimeout(timeout.toMillis());
    return eventBus
        .<Envelope>request(address.name(), new Value(message), delivery)
        .transform(
            result -> {
              if (result.failed()) {
                return Future.failedFuture(rejection(address.name(), result.cause()));
              }
              return reply(address, result.result());
            });
  }

  private <R> Future<R> reply(Address<?, R> address, Message<Envelope> message) {
    try {
      var body = message.body();
      return body instanceof Refused refused
          ? Future.failedFuture(refused.refusal().toRejected())
          : Future.succeededFuture(decode(body, address.reply()));
    } catch (RuntimeException e) {
      return Future.failedFuture(rejection(address.name(), e));
    }
  }

  /** Tells every listener on every node; nobody answers. */
  public <H> void publish(Topic<H> topic, H hint) {
    eventBus.publish(topic.name(), new Value(hint), options);
  }

  /** Tells one listener on this node, whichever; nobody answers. */
  public <H> void tell(Topic<H> topic, H hint) {
    eventBus.send(topic.name(), new Value(hint), here);
  }

  /** Listens to hints, on the caller's context. */
  public <H> Served listen(Topic<H> topic, Consumer<H> listener) {
    return eventBus.<Envelope>consumer(
            topic.name(), message -> listener.accept(decode(message.body(), topic.hint())))
        ::unregister;
  }

  private static void answer(Message<Envelope> message, Envelope reply) {
    if (message.replyAddress() != null) {
      message.reply(reply, new DeliveryOptions().setCodecName(EnvelopeCodec.NAME));
    }
  }

  /** What the caller is told of a failure; what is the server's own fault goes to the log. */
  public Rejected rejection(String address, Throwable cause) {
    if (cause instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS) {
      return new Rejected(
          ErrorCode.NOT_SERVED, "No node serves this at the moment; nothing took effect");
    }
    if (cause instanceof ReplyException || cause instanceof TimeoutException) {
      LOG.atWarn().addKeyValue("address", address).log("No reply: {}", cause.getMessage());
      return new Rejected(
          ErrorCode.UNAVAILABLE,
          "No node answered in time; the request may or may not have taken effect");
    }
    var failure = explain.apply(cause);
    if (failure instanceof Rejected rejected) {
      return rejected;
    }
    var incident = UUID.randomUUID().toString();
    LOG.atError()
        .addKeyValue("incident", incident)
        .addKeyValue("address", address)
        .setCause(failure)
        .log("A command failed");
    return new Rejected(
        ErrorCode.INTERNAL,
        "The server failed while it handled this request; it is logged as incident " + incident);
  }

  private ContextInternal context() {
    return ((VertxInternal) vertx).getOrCreateContext();
  }

  private static <T> T decode(Envelope envelope, Class<T> type) {
    return switch (envelope) {
      case Value value -> type.cast(value.value());
      case Encoded encoded -> WireJson.decode(encoded, type);
      case Refused refused -> throw refused.refusal().toRejected();
    };
  }
}
