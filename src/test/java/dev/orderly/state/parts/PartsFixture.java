package dev.orderly.state.parts;

import static dev.orderly.api.LiveApi.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.leasing.ending.ExpireLeases;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.storage.Tx;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** Parts over HTTP, by the calls that agents make. */
final class PartsFixture implements AutoCloseable {
  static final String TYPE =
      """
      type: parts.type
      payload: { type: object }
      plan: '{ "input": order.payload }'
      submission:
        schema:
          type: object
          required: [identity]
          properties:
            identity: { type: object }
            facts: { type: array, items: { type: object } }
      parts:
        max_count: 4
        max_part_bytes: 200
        max_total_bytes: 300
        keys:
          - key: identity
            required: true
            schema:
              type: object
              required: [name]
              properties: { name: { type: string } }
            checks:
              - code: right_name
                pointer: /name
                message: The name is not that of the input
                expect: part.payload.name = item.input.name
          - key: facts
            mode: chunks
          - pattern: '^note-[0-9]+$'
        required: item.input.needs
        checks:
          - code: few_facts
            pointer: /facts
            message: There are too many facts
            expect: $count(result.facts) < 4
      retry: { backoff_seconds: 0, jitter_seconds: 0 }
      apply:
        none: {}
      """;

  private static final AtomicInteger KEYS = new AtomicInteger();

  final LiveApi api;
  final TestDatabase db;
  final String admin;
  final String ann;
  final String ben;

  PartsFixture(TestDatabase db) {
    this.db = db;
    this.api = new LiveApi(db, LiveApi.settings());
    this.admin = api.token(Engine.TENANT, "boss", List.of("work.admin"), null).secret();
    this.ann = api.agent("ann");
    this.ben = api.agent("ben");
  }

  /** An item that an agent has checked out. */
  record Leased(String token, JsonObject item) {
    UUID id() {
      return UUID.fromString(item.getString("id"));
    }

    UUID order() {
      return UUID.fromString(item.getString("order_id"));
    }

    String path(String operation) {
      return "/items/" + id() + "/" + operation;
    }

    long fence() {
      return item.getJsonObject("lease").getLong("fence");
    }
  }

  UUID propose(String type, JsonObject payload) {
    var body = new JsonObject().put("type", type).put("payload", payload);
    var answer = send(admin, "/propose", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return UUID.fromString(json(answer).getJsonObject("order").getString("id"));
  }

  Leased checkout(String token, UUID order) {
    var answer = send(token, "/orders/" + order + "/checkout", new JsonObject());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new Leased(token, json(answer).getJsonObject("item"));
  }

  /** An item of the usual type, for the name acme, held by ann. */
  Leased leased(String... needs) {
    var payload = new JsonObject().put("name", "acme").put("needs", new JsonArray(List.of(needs)));
    return checkout(ann, propose("parts.type", payload));
  }

  HttpResponse<String> part(Leased leased, String key, JsonObject payload) {
    return part(leased, new JsonObject().put("part_key", key).put("payload", payload));
  }

  HttpResponse<String> part(Leased leased, String key, int seq, JsonObject payload) {
    return part(
        leased, new JsonObject().put("part_key", key).put("seq", seq).put("payload", payload));
  }

  HttpResponse<String> part(Leased leased, JsonObject body) {
    return send(leased.token(), leased.path("parts"), body);
  }

  HttpResponse<String> finish(Leased leased, String mode) {
    return send(leased.token(), leased.path("finalize"), new JsonObject().put("mode", mode));
  }

  /** With a key of its own. */
  HttpResponse<String> send(String token, String path, JsonObject body) {
    return api.post(token, path, body, "Idempotency-Key", "key-" + KEYS.incrementAndGet());
  }

  /** Lets an item's lease lapse, and takes it back. */
  void expire(Leased leased) {
    api.engine.lapse(leased.id());
    TestDatabase.await(new ExpireLeases(new Tx(db.pool()), db.bus(), Heartbeats.none()).sweep());
  }

  JsonObject item(UUID id) {
    return json(api.get(admin, "/items/" + id)).getJsonObject("item");
  }

  JsonObject parts(String token, UUID item, String... namesAndValues) {
    var answer = api.get(token, "/items/" + item + "/parts" + query(namesAndValues));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  static String query(String... namesAndValues) {
    var query = new StringBuilder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      query
          .append(i == 0 ? '?' : '&')
          .append(URLEncoder.encode(namesAndValues[i], StandardCharsets.UTF_8))
          .append('=')
          .append(URLEncoder.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
    }
    return query.toString();
  }

  static JsonObject named(String name) {
    return new JsonObject().put("name", name);
  }

  static JsonObject taken(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return json(answer);
  }

  /** The problem, after its status and code were found to be these. */
  static JsonObject refused(HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(json(answer).getString("code")).as(answer.body()).isEqualTo(code);
    return json(answer);
  }

  static List<String> pointers(JsonObject problem) {
    return problem.getJsonArray("errors").stream()
        .map(error -> ((JsonObject) error).getString("pointer"))
        .toList();
  }

  @Override
  public void close() {
    api.close();
  }
}
