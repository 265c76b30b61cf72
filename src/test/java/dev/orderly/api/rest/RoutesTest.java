package dev.orderly.api.rest;

import static dev.orderly.api.rest.ApiFixture.BASE;
import static dev.orderly.api.rest.ApiFixture.ID;
import static dev.orderly.api.rest.ApiFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.auth.AuthMessages.CreateToken;
import dev.orderly.auth.AuthMessages.ListTokens;
import dev.orderly.auth.AuthMessages.RevokeToken;
import dev.orderly.auth.Scope;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.state.Seen;
import dev.orderly.state.StateMessages.Approve;
import dev.orderly.state.StateMessages.Cancel;
import dev.orderly.state.StateMessages.ListOrders;
import dev.orderly.state.StateMessages.ListTypes;
import dev.orderly.state.StateMessages.Logs;
import dev.orderly.state.StateMessages.Parameter;
import dev.orderly.state.StateMessages.Propose;
import dev.orderly.state.StateMessages.Reject;
import dev.orderly.state.StateMessages.RetryItem;
import dev.orderly.state.StateMessages.RetryOrder;
import dev.orderly.state.StateMessages.ShowItem;
import dev.orderly.state.StateMessages.ShowType;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.state.review.ReviewMessages.AddComment;
import dev.orderly.state.review.ReviewMessages.ApproveItem;
import dev.orderly.state.review.ReviewMessages.ListComments;
import dev.orderly.state.review.ReviewMessages.RejectItem;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each route's way from the request to its command, and from the answer back. */
class RoutesTest {
  private static ApiFixture api;

  @BeforeAll
  static void start() {
    api = new ApiFixture();
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  @AfterEach
  void nothingElseHappened() {
    api.answers = message -> Future.succeededFuture(ApiFixture.ok());
    api.desks.refusal = null;
    assertThat(api.messages).isEmpty();
  }

  @Test
  void proposes() {
    api.answers = message -> Future.succeededFuture(new Answer(201, ApiFixture.ok().body(), false));
    var body = "{\"type\":\"t\",\"payload\":{\"a\":[1,2.5,\"\\ud83d\\ude00\"]},\"priority\":1000}";
    var request =
        api.request("POST", BASE + "/propose", body)
            .header("X-Idempotency-Key", "k 1")
            .header("X-Request-ID", "req-1")
            .header("X-Agent-ID", "crew-1");
    var response = api.send(request);
    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(response.headers().firstValue("X-Request-ID")).hasValue("req-1");
    assertThat(response.headers().firstValue("Location")).hasValue(BASE + "/orders/" + ID);
    assertThat(response.headers().firstValue("Idempotency-Replayed")).isEmpty();
    var sent = api.message(Propose.class);
    assertThat(sent.type()).isEqualTo("t");
    assertThat(sent.payload()).isEqualTo(new JsonObject("{\"a\":[1,2.5,\"\\ud83d\\ude00\"]}"));
    assertThat(sent.meta()).isEqualTo(new JsonObject());
    assertThat(sent.priority()).isEqualTo(1000);
    assertThat(sent.caller().requestId()).isEqualTo("req-1");
    assertThat(sent.caller().agentId()).isEqualTo("crew-1");
    assertThat(sent.idempotency())
        .isEqualTo(
            new IdempotencyKey(
                "main", "user:admin|crew-1", "propose", "k 1", ApiFixture.hash(body)));
  }

  @Test
  void takesOverWhatAgentsTellOfThemselves() {
    var headers =
        Map.of(
            "X-Agent-Name", "Sync bot", "X-Agent-Version", "1.4.0-rc.1+b5", "X-Model-Name", "m-1");
    var propose = api.request("POST", BASE + "/propose", "{\"type\":\"t\",\"payload\":{}}");
    propose.header("Idempotency-Key", "k");
    headers.forEach(propose::header);
    assertThat(api.send(propose).statusCode()).isEqualTo(200);
    var told = api.message(Propose.class).provenance();
    assertThat(told.agentName()).isEqualTo("Sync bot");
    assertThat(told.agentVersion()).isEqualTo("1.4.0-rc.1+b5");
    assertThat(told.modelName()).isEqualTo("m-1");
    assertThat(told.runtime()).isNull();
    assertThat(told.fingerprint()).matches("[0-9a-f]{64}");

    var submit = api.request("POST", BASE + "/items/" + ID + "/submit", "{\"result\":{}}");
    submit.header("Idempotency-Key", "k").header("X-Runtime", "jvm 25").header("User-Agent", "u");
    assertThat(api.send(submit).statusCode()).isEqualTo(200);
    var other = api.message(Submit.class).provenance();
    assertThat(other.runtime()).isEqualTo("jvm 25");
    assertThat(other.fingerprint()).isNotEqualTo(told.fingerprint());

    api.post("/propose", "{\"type\":\"t\",\"payload\":{}}");
    assertThat(api.message(Propose.class).provenance()).isNull();
    api.post("/items/" + ID + "/submit", "{\"result\":{}}");
    assertThat(api.message(Submit.class).provenance()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "X-Agent-Version, 1.4, semantic version such as 1.4.0",
    "X-Agent-Version, 01.4.0, semantic version such as 1.4.0",
    "X-Agent-Version, v1.4.0, semantic version such as 1.4.0",
    "X-Model-Name, '', 1 to 255 printable ASCII"
  })
  void refusesProvenanceThatIsNone(String header, String value, String said) {
    var request = api.request("POST", BASE + "/propose", "{\"type\":\"t\",\"payload\":{}}");
    var response = api.send(request.header("Idempotency-Key", "k").header(header, value));
    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(json(response).getString("detail")).contains(header, said);
    assertThat(json(response).getJsonArray("errors").getJsonObject(0).getString("code"))
        .isEqualTo("header.invalid");
  }

  @Test
  void makesARequestIdWhereTheClientsIsNotSane() {
    for (var id : List.of("a b", "x".repeat(129), "<script>")) {
      var response = api.send(api.bare("GET", "/", null).header("X-Request-ID", id));
      assertThat(response.headers().firstValue("X-Request-ID").orElseThrow())
          .matches("[0-9a-f]{32}");
    }
  }

  @Test
  void passesEveryListParameterRawOrEncoded() {
    var raw = "filter[state]=queued&page[size]=10&sort=-priority,created_at&filter[state]=x";
    var encoded =
        "filter%5Bstate%5D=queued&page%5Bsize%5D=10&sort=-priority%2Ccreated_at"
            + "&filter%5Bstate%5D=x";
    for (var query : List.of(raw, encoded)) {
      var socketed = rawGet(BASE + "/orders?" + query);
      assertThat(socketed).startsWith("HTTP/1.1 200 ");
      assertThat(api.message(ListOrders.class))
          .satisfies(
              sent -> {
                assertThat(sent.tenant()).isEqualTo("main");
                assertThat(sent.parameters())
                    .containsExactlyInAnyOrder(
                        new Parameter("filter[state]", "queued"),
                        new Parameter("page[size]", "10"),
                        new Parameter("sort", "-priority,created_at"),
                        new Parameter("filter[state]", "x"));
              });
    }
  }

  private static String rawGet(String target) {
    try (var socket = new RawHttp(api.port())) {
      socket.write(
          "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\n\r\n".formatted(target));
      return socket.readOne();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void readsItemsTypesAndLogs() {
    assertThat(json(api.get("/items/" + ID))).isEqualTo(new JsonObject().put("found", true));
    assertThat(api.message(ShowItem.class)).isEqualTo(new ShowItem("main", ID));
    api.get("/types");
    assertThat(api.message(ListTypes.class)).isEqualTo(new ListTypes("main"));
    api.get("/types/user.data.sync");
    assertThat(api.message(ShowType.class)).isEqualTo(new ShowType("main", "user.data.sync"));
    api.get("/items/" + ID + "/logs");
    assertThat(api.message(Logs.class)).isEqualTo(new Logs("main", ID, null, null, 50));
    api.get("/orders/" + ID + "/logs?page%5Bsize%5D=7&page%5Bafter%5D=c%2F1");
    assertThat(api.message(Logs.class)).isEqualTo(new Logs("main", null, ID, "c/1", 7));
  }

  @Test
  void checksOut() {
    var item = json(api.send(api.request("POST", BASE + "/checkout", null))).getJsonObject("item");
    assertThat(api.message(Checkout.class))
        .satisfies(
            sent -> {
              assertThat(sent.types()).isEmpty();
              assertThat(sent.orderId()).isNull();
              assertThat(sent.minPriority()).isNull();
              assertThat(sent.max()).isEqualTo(1);
            });
    assertThat(item.encode())
        .isEqualTo(
            new JsonObject(
                    """
                    {"id": "%1$s", "order_id": "%1$s", "order_type": "user.data.sync",
                     "type_version": "1-abc", "type": "user.data.sync", "key": null,
                     "input": {"ids": [1]},
                     "attempt": 2, "max_attempts": 3, "priority": 7,
                     "errors": [{"code": "wrong"}], "last_error": null, "dependencies": [],
                     "lease_expires_at": "2026-01-01T12:10:00Z", "heartbeat_every_seconds": 120,
                     "lease": {"token": "v1.token", "agent_id": "bot", "fence": 4,
                               "expires_at": "2026-01-01T12:10:00Z",
                               "heartbeat_every_seconds": 120},
                     "result_schema": {"type": "object"}}
                    """
                        .formatted(ID))
                .encode());
  }

  @Test
  void checksOutByTypesOrderAndPriority() {
    api.post("/checkout", "{\"type\":\"a\",\"min_priority\":5,\"order\":\"" + ID + "\"}");
    var one = api.message(Checkout.class);
    assertThat(one.types()).containsExactly("a");
    assertThat(one.minPriority()).isEqualTo(5);
    assertThat(one.orderId()).isEqualTo(ID);
    api.post("/checkout", "{\"type\":[\"a\",\"b\"]}");
    assertThat(api.message(Checkout.class).types()).containsExactly("a", "b");
    api.post("/orders/" + ID + "/checkout", "{}");
    assertThat(api.message(Checkout.class).orderId()).isEqualTo(ID);
  }

  @Test
  void heartbeatsReleasesAndFails() {
    var beat = json(api.post("/items/" + ID + "/heartbeat", "{\"fence\":4}"));
    assertThat(beat)
        .isEqualTo(
            new JsonObject()
                .put("item_id", ID.toString())
                .put("state", "in_progress")
                .put("lease_expires_at", "2026-01-01T12:10:00Z")
                .put("heartbeat_every_seconds", 120));
    assertThat(api.message(Heartbeat.class).proof()).isEqualTo(new LeaseProof(null, 4L));

    var released =
        json(api.post("/items/" + ID + "/release", "{\"reason\":\"r\",\"lease_token\":\"t\"}"));
    assertThat(released.getString("order_state")).isEqualTo("queued");
    assertThat(released.getJsonObject("item").getString("available_at"))
        .isEqualTo("2026-01-01T12:10:00Z");
    var release = api.message(Release.class);
    assertThat(release.reason()).isEqualTo("r");
    assertThat(release.proof()).isEqualTo(new LeaseProof("t", null));

    var failed =
        json(api.post("/items/" + ID + "/fail", "{\"retryable\":false,\"reason\":\"broken\"}"));
    assertThat(failed.getJsonObject("item").getString("state")).isEqualTo("failed");
    assertThat(failed.getJsonObject("item").containsKey("available_at")).isTrue();
    var fail = api.message(Fail.class);
    assertThat(fail.retryable()).isFalse();
    assertThat(fail.reason()).isEqualTo("broken");
    assertThat(fail.code()).isNull();
    assertThat(fail.proof()).isEqualTo(LeaseProof.NONE);
  }

  @Test
  void failsAndMakesTokensUnderIdempotencyKeys() {
    var failure = "{\"retryable\":true,\"reason\":\"r\"}";
    var failed = keyed("/items/" + ID + "/fail", failure, "again");
    assertThat(failed.headers().firstValue("Idempotency-Replayed")).hasValue("true");
    var key = api.message(Fail.class).idempotency();
    assertThat(key.operation()).isEqualTo("fail:" + ID);
    assertThat(key.bodyHash()).isEqualTo(ApiFixture.hash(failure));

    var token = "{\"name\":\"a\",\"scopes\":[\"work.view\"]}";
    var made = keyed("/tokens", token, "first");
    assertThat(made.headers().firstValue("Idempotency-Replayed")).isEmpty();
    assertThat(json(made).fieldNames()).containsExactly("token", "secret");
    assertThat(api.message(CreateToken.class).idempotency().operation()).isEqualTo("create_token");
    var again = keyed("/tokens", token, "again");
    assertThat(again.statusCode()).isEqualTo(201);
    assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
    assertThat(json(again).getJsonObject("token")).isEqualTo(json(made).getJsonObject("token"));
    assertThat(json(again).containsKey("secret")).isTrue();
    assertThat(json(again).getString("secret")).isNull();
    assertThat(json(again).getString("note")).contains("told once", "revoke this token");
    api.messages.clear();
  }

  private static HttpResponse<String> keyed(String path, String body, String key) {
    return api.send(api.request("POST", BASE + path, body).header("Idempotency-Key", key));
  }

  @Test
  void submitsAndSaysThatAnAnswerIsReplayed() {
    api.answers =
        message ->
            Future.succeededFuture(new Answer(202, new JsonObject().put("state", "x"), true));
    var body =
        "{\"result\":{\"ok\":true},\"evidence\":[{\"n\":1}],\"notes\":\"n\",\"fence\":9007199254740991}";
    var response = api.post("/items/" + ID + "/submit", body);
    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.headers().firstValue("Idempotency-Replayed")).hasValue("true");
    var sent = api.message(Submit.class);
    assertThat(sent.result()).isEqualTo(new JsonObject().put("ok", true));
    assertThat(sent.evidence()).isEqualTo(new JsonArray().add(new JsonObject().put("n", 1)));
    assertThat(sent.notes()).isEqualTo("n");
    assertThat(sent.proof()).isEqualTo(new LeaseProof(null, 9007199254740991L));
    assertThat(sent.idempotency().operation()).isEqualTo("submit:" + ID);
    assertThat(sent.idempotency().bodyHash()).isEqualTo(ApiFixture.hash(body));
  }

  @Test
  void approvesAndWaitsAsLongAsTheClientPrefers() {
    assertThat(approve(null)).isEqualTo("10 ");
    assertThat(approve("wait=3")).isEqualTo("3 wait=3");
    assertThat(approve("respond-async, Wait = \"600\"")).isEqualTo("60 wait=60");
    assertThat(approve("wait=0")).isEqualTo("0 wait=0");
    assertThat(approve("wait=-1")).isEqualTo("10 ");
    assertThat(approve("wait=soon")).isEqualTo("10 ");
    assertThat(approve("wait=99999999999999")).isEqualTo("10 ");
  }

  private static String approve(String prefer) {
    var request =
        api.request("POST", BASE + "/orders/" + ID + "/approve", null)
            .header("Idempotency-Key", "k1");
    var response = api.send(prefer == null ? request : request.header("Prefer", prefer));
    assertThat(response.statusCode()).isEqualTo(200);
    return api.message(Approve.class).waitSeconds()
        + " "
        + response.headers().firstValue("Preference-Applied").orElse("");
  }

  @Test
  void saysWhereToLookWhenAnApprovedOrderIsNotAppliedYet() {
    api.answers = message -> Future.succeededFuture(new Answer(202, ApiFixture.ok().body(), false));
    var response = api.post("/orders/" + ID + "/approve", "{\"notes\":\"fine\"}");
    assertThat(api.message(Approve.class).notes()).isEqualTo("fine");
    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.headers().firstValue("Location")).hasValue(BASE + "/orders/" + ID);
    assertThat(json(response).getString("status_url")).isEqualTo(BASE + "/orders/" + ID);
  }

  @Test
  void rejectsCancelsAndRetries() {
    api.post(
        "/orders/" + ID + "/reject",
        "{\"errors\":[{\"code\":\"c\",\"message\":\"m\",\"pointer\":\"/a\"},"
            + "{\"code\":\"d\",\"message\":\"n\"}],\"allow_rework\":true,\"items\":[\"%s\"]}"
                .formatted(ID));
    var reject = api.message(Reject.class);
    assertThat(reject.errors())
        .containsExactly(new Violation("/a", "c", "m"), new Violation("", "d", "n"));
    assertThat(reject.allowRework()).isTrue();
    assertThat(reject.items()).containsExactly(ID);

    api.post("/orders/" + ID + "/cancel", "{\"reason\":\"r\"}");
    var cancel = api.message(Cancel.class);
    assertThat(cancel.reason()).isEqualTo("r");
    assertThat(cancel.anyOrder()).isTrue();
    assertThat(cancel.idempotency().operation()).isEqualTo("cancel:" + ID);

    api.grant("own", EnumSet.of(Scope.PROPOSE), List.of());
    for (var path : List.of("/orders/%s/retry", "/items/%s/retry")) {
      var request = api.bare("POST", BASE + path.formatted(ID), null);
      assertThat(api.send(request.header("Authorization", "Bearer own")).statusCode())
          .isEqualTo(200);
    }
    var order = api.message(RetryOrder.class);
    assertThat(order.anyOrder()).isFalse();
    assertThat(order.idempotency()).isNull();
    assertThat(api.message(RetryItem.class).anyOrder()).isFalse();
  }

  @Test
  void reviewsItemByItem() {
    var approve =
        api.request("POST", BASE + "/items/" + ID + "/approve", "{\"notes\":\"fine\"}")
            .header("Idempotency-Key", "k1")
            .header("If-Match", "\"a\", W/\"b\"");
    assertThat(api.send(approve).statusCode()).isEqualTo(200);
    var approved = api.message(ApproveItem.class);
    assertThat(approved.itemId()).isEqualTo(ID);
    assertThat(approved.notes()).isEqualTo("fine");
    assertThat(approved.mayActAs()).containsExactly("bot", "crew-*");
    assertThat(approved.seen()).isEqualTo(new Seen(List.of("a", "W/b"), false));
    assertThat(approved.idempotency().operation()).isEqualTo("approve:" + ID);

    api.post(
        "/items/" + ID + "/reject",
        "{\"errors\":[{\"code\":\"c\",\"message\":\"m\"}],\"digest\":\"d\",\"allow_rework\":true}");
    var rejected = api.message(RejectItem.class);
    assertThat(rejected.errors()).containsExactly(new Violation("", "c", "m"));
    assertThat(rejected.allowRework()).isTrue();
    assertThat(rejected.seen()).isEqualTo(new Seen(List.of("d"), false));
  }

  @Test
  void takesAndListsComments() {
    api.grant("commenter", EnumSet.of(Scope.VIEW, Scope.PROPOSE), List.of());
    var body = "{\"text\":\"t\",\"item_id\":\"%s\",\"pointer\":\"/a~1b\"}".formatted(ID);
    var request =
        api.bare("POST", BASE + "/orders/" + ID + "/comments", body)
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer commenter");
    assertThat(api.send(request).statusCode()).isEqualTo(200);
    var comment = api.message(AddComment.class);
    assertThat(comment.text()).isEqualTo("t");
    assertThat(comment.itemId()).isEqualTo(ID);
    assertThat(comment.pointer()).isEqualTo("/a~1b");
    assertThat(comment.mayReview()).isFalse();
    assertThat(comment.mayPropose()).isTrue();
    assertThat(comment.mayWork()).isFalse();

    api.get("/orders/" + ID + "/comments?page[size]=7&page[after]=x");
    assertThat(api.message(ListComments.class)).isEqualTo(new ListComments("main", ID, "x", 7));
  }

  @Test
  void managesTokens() {
    var made =
        api.post(
            "/tokens",
            "{\"name\":\"n\",\"scopes\":[\"work.view\"],\"agents\":[\"a-*\"],"
                + "\"expires_in_seconds\":60}");
    assertThat(made.statusCode()).isEqualTo(201);
    assertThat(json(made).getString("secret")).isEqualTo("s3cret");
    assertThat(made.headers().firstValue("Cache-Control")).hasValue("no-store");
    var create = api.message(CreateToken.class);
    assertThat(create.kind()).isEqualTo("agent");
    assertThat(create.scopes()).containsExactly("work.view");
    assertThat(create.agents()).containsExactly("a-*");
    assertThat(create.expiresAt()).isEqualTo(api.now.plusSeconds(60));

    assertThat(json(api.get("/tokens")).getJsonArray("data")).hasSize(1);
    api.message(ListTokens.class);
    var gone = api.send(api.request("DELETE", BASE + "/tokens/" + ID, null));
    assertThat(gone.statusCode()).isEqualTo(204);
    assertThat(gone.body()).isEmpty();
    assertThat(api.message(RevokeToken.class).id()).isEqualTo(ID);
  }

  @Test
  void answersEveryRefusalByItsCode() {
    for (var code : ErrorCode.values()) {
      api.desks.refusal =
          new Rejected(
              code, "why", List.of(new Violation("/a", "c", "m")), List.of("do something else"));
      var response = api.send(api.request("POST", BASE + "/checkout", null));
      api.messages.clear();
      assertThat(response.statusCode()).isEqualTo(code.status());
      assertThat(json(response))
          .isEqualTo(
              new JsonObject()
                  .put("type", "urn:orderly:problem:" + code.wire())
                  .put("title", code.title())
                  .put("status", code.status())
                  .put("detail", "why")
                  .put("code", code.wire())
                  .put(
                      "errors",
                      new JsonArray()
                          .add(
                              new JsonObject()
                                  .put("pointer", "/a")
                                  .put("code", "c")
                                  .put("message", "m")))
                  .put("retryable", code.retryable())
                  .put("next_actions", new JsonArray().add("do something else")));
      boolean later = code.status() == 429 || code.status() == 503;
      assertThat(response.headers().firstValue("Retry-After").isPresent()).isEqualTo(later);
      assertThat(response.headers().firstValue("WWW-Authenticate").isPresent())
          .isEqualTo(code.status() == 401);
    }
  }

  @Test
  void hidesWhatBrokeBehindAnIncident() {
    api.answers = message -> Future.succeededFuture(null);
    var response = api.post("/orders/" + ID + "/cancel", "{}");
    api.messages.clear();
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(json(response).getString("code")).isEqualTo("internal");
    assertThat(response.body()).contains("incident").doesNotContain("NullPointer", "Answer");
  }
}
