package dev.orderly.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Refusal;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BusTest {
  record Question(UUID id, Instant at, JsonObject json, JsonArray list, List<Violation> errors) {}

  record Reply(Question question, String word) {}

  private static final Address<Question, Reply> ADDRESS =
      new Address<>("test.ask", Question.class, Reply.class);

  private static final Address<Integer, Integer> NUMBERS =
      new Address<>("test.numbers", Integer.class, Integer.class);

  private static final Question QUESTION =
      new Question(
          UUID.fromString("0198c0de-0000-7000-8000-000000000001"),
          Instant.parse("2026-01-02T03:04:05.678901Z"),
          new JsonObject().put("deep", new JsonObject().put("n", 1)),
          new JsonArray().add("x").add(2),
          List.of(new Violation("/a", "code", "message")));

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx, Duration.ofMillis(300));

  BusTest() {
    Bus.install(vertx);
  }

  @AfterEach
  void close() {
    vertx.close();
  }

  private static <T> Future<T> done(Future<T> future) {
    try {
      future.otherwiseEmpty().await(10, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
    return future;
  }

  private static Rejected rejection(Future<?> future) {
    return (Rejected) done(future).cause();
  }

  @Test
  void passesMessagesByReferenceInsideANode() {
    bus.serve(ADDRESS, question -> Future.succeededFuture(new Reply(question, "yes")));

    var reply = done(bus.call(ADDRESS, QUESTION)).result();

    assertThat(reply.question()).isSameAs(QUESTION);
    assertThat(reply.word()).isEqualTo("yes");
  }

  @Test
  void carriesARefusalWithAllThatItSays() {
    var refused =
        new Rejected(
            ErrorCode.INVALID, "not so", List.of(new Violation("/x", "c", "m")), List.of("do y"));
    bus.serve(ADDRESS, question -> Future.failedFuture(refused));

    var rejection = rejection(bus.call(ADDRESS, QUESTION));

    assertThat(rejection.code()).isEqualTo(ErrorCode.INVALID);
    assertThat(rejection.detail()).isEqualTo("not so");
    assertThat(rejection.errors()).containsExactly(new Violation("/x", "c", "m"));
    assertThat(rejection.nextActions()).containsExactly("do y");
  }

  @Test
  void alwaysRepliesAndTellsNothingOfWhatBroke() {
    bus.serve(
        ADDRESS,
        question -> {
          throw new IllegalStateException("select secret from table");
        });

    var rejection = rejection(bus.call(ADDRESS, QUESTION));

    assertThat(rejection.code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(rejection.detail()).doesNotContain("secret").contains("incident");
  }

  @Test
  void tellsANodeThatIsLostFromOneThatIsSilent() {
    assertThat(rejection(bus.call(ADDRESS, QUESTION)).code()).isEqualTo(ErrorCode.NOT_SERVED);

    bus.serve(ADDRESS, question -> Promise.<Reply>promise().future());
    assertThat(rejection(bus.call(ADDRESS, QUESTION)).code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void asksAcrossTheEventBusWhatIsNotServedHere() {
    var elsewhere = new Bus(vertx, Duration.ofMillis(300));
    elsewhere.serve(
        ADDRESS,
        question ->
            question.list().isEmpty()
                ? Future.failedFuture(new Rejected(ErrorCode.INVALID, "not so"))
                : Future.succeededFuture(new Reply(question, "from afar")));

    assertThat(done(bus.call(ADDRESS, QUESTION)).result().word()).isEqualTo("from afar");
    var empty = new Question(QUESTION.id(), QUESTION.at(), null, new JsonArray(), List.of());
    assertThat(rejection(bus.call(ADDRESS, empty)).code()).isEqualTo(ErrorCode.INVALID);
  }

  @Test
  void asksWhoeverServesHereInTurns() {
    bus.serve(ADDRESS, question -> Future.succeededFuture(new Reply(question, "one")));
    bus.serve(ADDRESS, question -> Future.succeededFuture(new Reply(question, "two")));

    var words =
        Stream.generate(() -> done(bus.call(ADDRESS, QUESTION)).result().word()).limit(4).toList();

    assertThat(words).containsExactly("one", "two", "one", "two");
  }

  @Test
  void asksNobodyWhoStoppedServing() {
    var gone = bus.serve(ADDRESS, question -> Future.succeededFuture(new Reply(question, "gone")));
    var serving =
        new VerticleBase() {
          @Override
          public Future<?> start() {
            bus.serve(ADDRESS, question -> Future.succeededFuture(new Reply(question, "deployed")));
            return Future.succeededFuture();
          }
        };
    var id = done(vertx.deployVerticle(serving)).result();

    done(gone.unregister());
    assertThat(done(bus.call(ADDRESS, QUESTION)).result().word()).isEqualTo("deployed");
    assertThat(done(bus.call(ADDRESS, QUESTION)).result().word()).isEqualTo("deployed");

    done(vertx.undeploy(id));
    assertThat(rejection(bus.call(ADDRESS, QUESTION)).code()).isEqualTo(ErrorCode.NOT_SERVED);
  }

  @Test
  void repliesOnTheCallersContext() {
    bus.serve(ADDRESS, question -> Future.succeededFuture(new Reply(question, "yes")));
    var context = vertx.getOrCreateContext();
    var same = Promise.<Boolean>promise();

    context.runOnContext(
        ignored ->
            bus.call(ADDRESS, QUESTION)
                .onComplete(done -> same.complete(vertx.getOrCreateContext() == context)));

    assertThat(done(same.future()).result()).isTrue();
  }

  @Test
  void keepsCallsThatLeaveTogetherInOrderAndApart() {
    var asked = new ConcurrentLinkedQueue<Integer>();
    done(
        vertx.deployVerticle(
            new VerticleBase() {
              @Override
              public Future<?> start() {
                bus.serve(
                    NUMBERS,
                    number -> {
                      asked.add(number);
                      if (number == 2) {
                        throw new AssertionError("breaks its handler");
                      }
                      return Future.succeededFuture(-number);
                    });
                return Future.succeededFuture();
              }
            }));
    var replies = Promise.<List<Future<Integer>>>promise();

    vertx.runOnContext(
        ignored ->
            replies.complete(Stream.of(1, 2, 3).map(number -> bus.call(NUMBERS, number)).toList()));

    var calls = done(replies.future()).result();
    assertThat(done(calls.get(0)).result()).isEqualTo(-1);
    assertThat(done(calls.get(2)).result()).isEqualTo(-3);
    assertThat(rejection(calls.get(1)).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(asked).containsExactly(1, 2, 3);
  }

  @Test
  void readsWhatAnotherNodeWrote() {
    var codec = new EnvelopeCodec();
    var wire = Buffer.buffer("before");
    codec.encodeToWire(wire, new Envelope.Value(new Reply(QUESTION, "yes")));

    var received = (Envelope.Encoded) codec.decodeFromWire("before".length(), wire);

    assertThat(WireJson.decode(received, Reply.class)).isEqualTo(new Reply(QUESTION, "yes"));
  }

  @Test
  void refusesAReplyThatItCannotRead() {
    vertx
        .eventBus()
        .<Envelope>consumer(
            "test.unreadable",
            message ->
                message.reply(
                    new Envelope.Encoded("{".getBytes(StandardCharsets.UTF_8), Buffer.buffer()),
                    new DeliveryOptions().setCodecName(EnvelopeCodec.NAME)));

    var rejected =
        rejection(bus.call(new Address<>("test.unreadable", Integer.class, Reply.class), 1));

    assertThat(rejected.code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(rejected.getMessage()).contains("incident");
  }

  private record Files(String name, List<Buffer> contents, Buffer none) {}

  @Test
  void readsTheBytesThatAnotherNodeWrote() {
    var files =
        new Files("two", List.of(Buffer.buffer(new byte[] {0, -1, '"'}), Buffer.buffer()), null);

    assertThat(WireJson.decode(received(wire(files)), Files.class)).isEqualTo(files);
  }

  @Test
  void sendsBytesThatAreNamedTwiceOnce() {
    var one = Buffer.buffer("x".repeat(1_000));
    var files = new Files("twice", List.of(one, Buffer.buffer("between"), one), one);

    assertThat(received(wire(files)).attached().length()).isEqualTo("between".length() + 1_000);
    assertThat(WireJson.decode(received(wire(files)), Files.class)).isEqualTo(files);
  }

  private static Buffer wire(Object message) {
    var wire = Buffer.buffer("before");
    new EnvelopeCodec().encodeToWire(wire, new Envelope.Value(message));
    return wire;
  }

  private static Envelope.Encoded received(Buffer wire) {
    return (Envelope.Encoded) new EnvelopeCodec().decodeFromWire("before".length(), wire);
  }

  @Test
  void readsAnotherNodesRefusal() {
    var codec = new EnvelopeCodec();
    var wire = Buffer.buffer();
    var refusal =
        new Envelope.Refused(
            new Refusal(
                ErrorCode.NOT_FOUND, "gone", List.of(new Violation("", "c", "m")), List.of(), 250));
    codec.encodeToWire(wire, refusal);

    assertThat(codec.decodeFromWire(0, wire)).isEqualTo(refusal);
  }

  @Test
  void tellsEveryListener() {
    var topic = new Topic<>("test.hint", Reply.class);
    var first = Promise.<Reply>promise();
    var second = Promise.<Reply>promise();
    bus.listen(topic, first::complete);
    bus.listen(topic, second::complete);

    bus.publish(topic, new Reply(QUESTION, "hint"));

    assertThat(done(first.future()).result().word()).isEqualTo("hint");
    assertThat(done(second.future()).result().word()).isEqualTo("hint");
  }

  @Test
  void tellsOneListenerWhereOneIsEnough() {
    var topic = new Topic<>("test.hint", Reply.class);
    var heard = new ConcurrentLinkedQueue<String>();
    var ends = List.of(Promise.<Void>promise(), Promise.<Void>promise());
    for (var end : ends) {
      bus.listen(
          topic,
          hint -> {
            heard.add(hint.word());
            if (hint.word().equals("end")) {
              end.complete();
            }
          });
    }

    bus.tell(topic, new Reply(QUESTION, "hint"));
    bus.tell(new Topic<>("nobody.listens", Reply.class), new Reply(QUESTION, "lost"));
    // Each listener hears in order: what comes after both have heard this was not sent.
    bus.publish(topic, new Reply(QUESTION, "end"));

    done(Future.all(ends.stream().map(Promise::future).toList()));
    assertThat(heard).containsExactlyInAnyOrder("hint", "end", "end");
  }
}
