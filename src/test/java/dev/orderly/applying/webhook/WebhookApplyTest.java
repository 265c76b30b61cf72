package dev.orderly.applying.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.applying.ApplyFixture;
import dev.orderly.applying.ApplyVerticle;
import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.applying.hold.Expected;
import dev.orderly.storage.Tx;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.ApplySpec;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WebhookApplyTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final String DIFF =
      """
      {"before": {"n": 1}, "after": {"n": 2}, "summary": "n is 2"}
      """;

  private record Received(String path, MultiMap headers, Buffer body) {}

  private final List<Received> received = new CopyOnWriteArrayList<>();
  private ApplyFixture apply;
  private HttpServer server;

  /** Answers the request with that number, from 1. */
  private BiConsumer<Integer, HttpServerResponse> answer = (n, response) -> response.end(DIFF);

  @BeforeEach
  void startServer() {
    apply = new ApplyFixture(db);
    server =
        TestDatabase.await(
            db.vertx().createHttpServer().requestHandler(this::handle).listen(0, "127.0.0.1"));
  }

  @AfterEach
  void stopServer() {
    apply.stopNodes();
    TestDatabase.await(server.close());
    db.execute("delete from work_orders");
  }

  private void handle(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              received.add(
                  new Received(
                      request.path(),
                      MultiMap.caseInsensitiveMultiMap().addAll(request.headers()),
                      body));
              answer.accept(received.size(), request.response());
            });
  }

  private String url() {
    return "http://127.0.0.1:%d/change".formatted(server.actualPort());
  }

  private UUID order(ApplySpec.Webhook spec, int maxAttempts) {
    apply.type("hook", spec);
    return OrderRows.approved(
        db,
        "hook",
        maxAttempts,
        new JsonObject().put("who", "ada"),
        new JsonObject().put("done", true));
  }

  private UUID order() {
    return order(new ApplySpec.Webhook(url(), Map.of(), null, TIMEOUT), 3);
  }

  private String error(UUID order) {
    return apply.order(order).getJsonObject("error").getString("message");
  }

  @Test
  void sendsTheOrderAndTakesTheReplyAsItsDiff() {
    var order = order();

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(apply.order(order).getJsonObject("diff"))
        .isEqualTo(
            new JsonObject(DIFF)
                .put(
                    "changes",
                    new JsonArray()
                        .add(
                            new JsonObject()
                                .put("op", "replace")
                                .put("path", "/n")
                                .put("value", 2))));
    assertThat(OrderRows.itemStates(db, order)).containsExactly("completed");
    OrderRows.assertCounted(db, order);
    assertThat(received).hasSize(1);
    assertThat(received.getFirst().path()).isEqualTo("/change");
    var item = db.row("select id from work_items_now where order_id = $1", order).getString("id");
    assertThat(received.getFirst().body().toJsonObject())
        .isEqualTo(
            new JsonObject(
                """
                {"order": {"id": "%s", "type": "hook", "type_version": "1-test",
                  "payload": {"who": "ada"}, "meta": {"from": "test"}, "priority": 7},
                 "items": [{"id": "%s", "key": "item-0", "type": "hook", "input": {},
                  "result": {"done": true}, "fence": 1}],
                 "attempt": 1, "fence": 1}
                """
                    .formatted(order, item)));
  }

  @Test
  void signsAsStandardWebhooksAndSendsTheTypesOwnHeaders() throws Exception {
    var key = "a key of 32 bytes, more or less.".getBytes();
    apply.secrets.put("crm", "whsec_" + Base64.getEncoder().encodeToString(key));
    var order =
        order(
            new ApplySpec.Webhook(
                url(), Map.of("X-Home", "at ${HOME}!", "Idempotency-Key", "mine"), "crm", TIMEOUT),
            3);

    apply.settle(order);

    var headers = received.getFirst().headers();
    var seconds = Long.toString(ApplyFixture.NOW.getEpochSecond());
    assertThat(headers.get("Content-Type")).isEqualTo("application/json");
    assertThat(headers.getAll("Idempotency-Key")).containsExactly(order.toString());
    assertThat(headers.get("webhook-id")).isEqualTo(order.toString());
    assertThat(headers.get("webhook-timestamp")).isEqualTo(seconds);
    assertThat(headers.get("Orderly-Fence")).isEqualTo("1");
    assertThat(headers.get("X-Home")).isEqualTo("at %s!".formatted(System.getenv("HOME")));
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    mac.update((order + "." + seconds + ".").getBytes());
    assertThat(headers.get("webhook-signature"))
        .isEqualTo(
            "v1,"
                + Base64.getEncoder()
                    .encodeToString(mac.doFinal(received.getFirst().body().getBytes())));
  }

  /** The example of the specification's own reference libraries. */
  @Test
  void signsLikeTheReferenceLibraries() {
    assertThat(
            WebhookSignature.of(
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1614265330,
                Buffer.buffer("{\"test\": 2432232314}")))
        .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 425, 429, 500, 503})
  void asksAgainWithTheSameKeyAndAHigherFence(int status) {
    answer =
        (n, response) -> {
          if (n < 3) {
            response.setStatusCode(status).end("not now");
          } else {
            response.end(DIFF);
          }
        };
    var order = order();

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(received)
        .extracting(r -> r.headers().get("Idempotency-Key"))
        .hasSize(3)
        .containsOnly(order.toString());
    assertThat(received)
        .extracting(r -> r.headers().get("Orderly-Fence"))
        .containsExactly("1", "2", "3");
    assertThat(received)
        .extracting(r -> r.body().toJsonObject().getInteger("attempt"))
        .containsExactly(1, 2, 3);
    assertThat(
            apply
                .payloads(order, "apply_failed")
                .getFirst()
                .getJsonObject("error")
                .getString("message"))
        .isEqualTo("The webhook answered with status " + status);
  }

  @Test
  void asksAgainWhenTheReplyWasCutOff() {
    answer =
        (n, response) -> {
          if (n == 1) {
            response
                .putHeader("Content-Length", "1000")
                .write("{")
                .onComplete(w -> response.reset());
          } else {
            response.end(DIFF);
          }
        };
    var order = order();

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(received).hasSize(2);
  }

  @Test
  void givesUpOnAReplyThatDoesNotComeInTime() {
    answer = (n, response) -> {};
    var order = order(new ApplySpec.Webhook(url(), Map.of(), null, Duration.ofMillis(100)), 2);

    apply.settle(order);

    assertThat(received).hasSize(2);
    assertThat(error(order)).isEqualTo("The webhook did not answer within 100 ms");
  }

  @Test
  void failsTheOrderWhenNobodyListens() {
    var order = order(new ApplySpec.Webhook("http://127.0.0.1:1/", Map.of(), null, TIMEOUT), 2);

    apply.settle(order);

    assertThat(apply.payloads(order, "apply_failed")).hasSize(2);
    assertThat(error(order)).startsWith("The webhook did not answer");
  }

  @ParameterizedTest
  @CsvSource({
    "400, The webhook answered with status 400",
    "409, The webhook answered with status 409",
    "302, The webhook answered with status 302; redirects are not followed"
  })
  void failsAtOnceWhenTheTargetRefuses(int status, String message) {
    answer = (n, response) -> response.setStatusCode(status).putHeader("Location", "/other").end();
    var order = order();

    apply.settle(order);

    assertThat(received).hasSize(1);
    assertThat(apply.state(order)).isEqualTo("failed");
    assertThat(error(order)).isEqualTo(message);
    assertThat(OrderRows.itemStates(db, order)).containsExactly("accepted");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hello | The webhook's reply is not JSON",
        "[1] | The webhook's reply is not a JSON object",
        "{\"before\": 1} | The webhook's reply: before must be an object or an array",
        "{\"changes\": {}} | The webhook's reply: changes must be an array",
        "{\"changes\": [{\"op\": \"add\"}]} | The webhook's reply: changes must be JSON Patch operations (RFC 6902)",
        "{\"changes\": [{\"op\": \"remove\", \"path\": \"a~2\"}]} | The webhook's reply: changes must be JSON Patch operations (RFC 6902)",
        "{\"summary\": 1} | The webhook's reply: summary must be text",
        "{\"after\": {\"a\": \"\\u0000\"}} | The webhook's reply has the character 0, which cannot be stored"
      })
  void failsAtOnceWhenTheReplyIsNoDiff(String body, String message) {
    answer = (n, response) -> response.end(body);
    var order = order();

    apply.settle(order);

    assertThat(received).hasSize(1);
    assertThat(error(order)).isEqualTo(message);
  }

  @Test
  void failsAtOnceWhenTheReplyIsTooLarge() {
    answer = (n, response) -> response.end(" ".repeat(WebhookCall.BODY_MAX_BYTES + 1));
    var order = order();

    apply.settle(order);

    assertThat(received).hasSize(1);
    assertThat(error(order)).isEqualTo("The webhook's reply is larger than 1048576 bytes");
  }

  @Test
  void takesAnEmptyReplyAsAnEmptyDiffAndTheTargetsOwnChangesWhereItGivesNoSides() {
    answer = (n, response) -> response.setStatusCode(204).end();
    var empty = order();
    apply.settle(empty);
    answer =
        (n, response) -> response.end("{\"changes\": [{\"op\": \"remove\", \"path\": \"/a~1b\"}]}");
    var own = order();
    apply.settle(own);
    answer =
        (n, response) ->
            response.end("{\"changes\": [{\"op\": \"add\"}], \"after\": [\"\\\\u0000\"]}");
    var computed = order();
    apply.settle(computed);

    assertThat(apply.order(empty).getJsonObject("diff").getString("summary"))
        .isEqualTo("The webhook gave no diff");
    assertThat(apply.order(own).getJsonObject("diff").getJsonArray("changes"))
        .isEqualTo(new JsonArray().add(new JsonObject().put("op", "remove").put("path", "/a~1b")));
    assertThat(apply.order(computed).getJsonObject("diff").getJsonArray("changes"))
        .isEqualTo(
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("op", "replace")
                        .put("path", "")
                        .put("value", new JsonArray().add("\\u0000"))));
    assertThat(apply.order(computed).getJsonObject("diff").getJsonArray("after"))
        .isEqualTo(new JsonArray().add("\\u0000"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"40 | 40", "Tue, 3 Feb 2026 04:05:46 GMT | 40", "100000 | 60", "soon | 0"})
  void restsAsLongAsTheTargetAsksUpToItsLimit(String header, long seconds) {
    answer = (n, response) -> response.setStatusCode(503).putHeader("Retry-After", header).end();
    var order = order();
    var claim = apply.claim("node-1");
    var before = db.<OffsetDateTime>value("select clock_timestamp()");

    db.run(() -> apply.failures().record(claim, failure(claim)));

    var next =
        db.<OffsetDateTime>value("select apply_next_at from work_orders where id = $1", order);
    assertThat(Duration.between(before, next).toSeconds()).isBetween(seconds, seconds + 30);
    assertThat(apply.order(order).getValue("apply_owner")).isNull();
  }

  private RuntimeException failure(Claim claim) {
    var call = new WebhookCall(db.vertx());
    var applier =
        new WebhookApplier(
            new Tx(db.pool()), call, Map.of(), name -> null, InstantSource.fixed(ApplyFixture.NOW));
    try {
      applier.apply(
          claim, new ApplySpec.Webhook(url(), Map.of(), null, TIMEOUT), Expected.ANYTHING);
      throw new AssertionError("the webhook did not fail");
    } catch (ApplyFailed e) {
      return e;
    } finally {
      call.close().await();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "${ORDERLY_NOT_SET} | | The header X-Token needs the environment variable ORDERLY_NOT_SET, which is not set",
        "fine | nowhere | There is no webhook secret nowhere in the configuration"
      })
  void failsAtOnceWhenTheConfigurationLacksSomething(String header, String secret, String message) {
    var order = order(new ApplySpec.Webhook(url(), Map.of("X-Token", header), secret, TIMEOUT), 3);

    apply.settle(order);

    assertThat(received).isEmpty();
    assertThat(error(order)).isEqualTo(message);
  }

  @Test
  void recordsNothingForATryThatAnotherTookOverWhileItWaited() {
    var order = order();
    var old = apply.claim("node-1");
    answer =
        (n, response) ->
            db.pool()
                .query("update work_orders set apply_fence = apply_fence + 1")
                .execute()
                .onComplete(done -> response.end(DIFF));
    var call = new WebhookCall(db.vertx());
    var applier =
        new WebhookApplier(
            new Tx(db.pool()), call, Map.of(), name -> null, InstantSource.fixed(ApplyFixture.NOW));

    assertThatThrownBy(
            () ->
                db.run(
                    () -> {
                      applier.apply(
                          old,
                          new ApplySpec.Webhook(url(), Map.of(), null, TIMEOUT),
                          Expected.ANYTHING);
                      return null;
                    }))
        .isInstanceOf(ClaimLost.class);
    assertThat(apply.state(order)).isEqualTo("approved");
    assertThat(apply.order(order).getValue("diff")).isNull();
  }

  @Test
  void keepsItsClaimWhileTheTargetTakesItsTime() {
    var first = new CompletableFuture<HttpServerResponse>();
    answer = (n, response) -> first.complete(response);
    var order = order();
    var settings =
        new ApplyVerticle.Settings(
            1, Duration.ofMillis(20), Duration.ofMillis(300), Duration.ZERO, Duration.ZERO);
    apply.node("node-1", settings, 1);
    var response = first.join();
    var until = expiry(order);
    // Extended every third of its life: by the fourth time, the first term is over.
    for (int i = 0; i < 4; i++) {
      var before = until;
      do {
        until = expiry(order);
      } while (!until.isAfter(before));
    }
    response.end(DIFF);

    apply.awaitSettled(order);
    assertThat(received).hasSize(1);
    assertThat(apply.payloads(order, "apply_started")).hasSize(1);
  }

  private OffsetDateTime expiry(UUID order) {
    return db.value("select apply_lease_expires_at from work_orders where id = $1", order);
  }
}
