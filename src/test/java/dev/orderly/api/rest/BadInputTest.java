package dev.orderly.api.rest;

import static dev.orderly.api.rest.ApiFixture.BASE;
import static dev.orderly.api.rest.ApiFixture.ID;
import static dev.orderly.api.rest.ApiFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with a request gets its problem document, and nothing behind hears of it. */
class BadInputTest {
  private static final String SUBMIT = "/items/" + ID + "/submit";
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
  void nothingReachedTheBus() {
    var heard = new ArrayList<Object>();
    api.messages.drainTo(heard);
    assertThat(heard).isEmpty();
    assertThat(api.get("/types").statusCode()).as("the server still answers").isEqualTo(200);
    api.messages.clear();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"result\": }",
        "{",
        "nope",
        "{\"result\":{}} x",
        "{\"result\":{},\"result\":{}}",
        "   ",
        "{\"result\":{\"a\":01}}",
        "{'result':{}}",
        "{\"result\":{\"a\":NaN}}"
      })
  void refusesMalformedJsonNamingThePlace(String body) {
    var problem = problem(api.post(SUBMIT, body), 400, "malformed_request");
    assertThat(problem.getString("detail")).contains("line 1, column ");
  }

  @Test
  void refusesTextThatIsNotUtf8() throws Exception {
    var head =
        "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\nContent-Length: 4\r\n"
                .formatted(BASE + SUBMIT)
            + "Content-Type: application/json\r\nConnection: close\r\n\r\n";
    try (var socket = new RawHttp(api.port())) {
      socket.write(head);
      socket.write(new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80});
      assertThat(socket.readAll()).startsWith("HTTP/1.1 400 ").contains("malformed_request");
    }
  }

  @Test
  void listsEveryViolationWithItsPointer() {
    var body =
        """
        {"errors": [{"code": "a"}, 3, {"code": "b", "message": 5, "x/y~z": 1}],
         "allow_rework": "yes", "items": ["no-uuid"], "extra": null}
        """;
    var problem = problem(api.post("/orders/" + ID + "/reject", body), 422, "invalid");
    assertThat(errors(problem))
        .containsExactlyInAnyOrder(
            "/errors/0 schema.required",
            "/errors/1 schema.type",
            "/errors/2/message schema.type",
            "/errors/2/x~1y~0z schema.additionalProperties",
            "/allow_rework schema.type",
            "/items/0 schema.format",
            "/extra schema.additionalProperties");
  }

  @Test
  void refusesMissingMembersAndABodyThatIsNoObject() {
    assertThat(errors(problem(api.post("/propose", "{}"), 422, "invalid")))
        .containsExactlyInAnyOrder(" schema.required", " schema.required");
    assertThat(errors(problem(api.post("/propose", "[]"), 422, "invalid")))
        .containsExactly(" schema.type");
    assertThat(errors(problem(api.post("/propose", "null"), 422, "invalid")))
        .containsExactly(" schema.type");
    assertThat(errors(problem(api.post("/propose", ""), 422, "invalid")))
        .containsExactly(" schema.required");
  }

  @Test
  void saysOfEachViolationWhatIsAllowedAndWhatWasFound() {
    var reject = "/orders/" + ID + "/reject";
    assertThat(messages(api.post(reject, "{\"errors\":[],\"extra\":1}")))
        .containsExactlyInAnyOrder(
            "expected at least 1 items, found 0",
            "unexpected property; expected only errors, digest, allow_rework, items");
    assertThat(messages(api.post("/propose", "{\"type\":\"\",\"priority\":1001}")))
        .containsExactlyInAnyOrder(
            "required property \"payload\" is missing",
            "expected at least 1 characters, found 0",
            "expected at most 1000, found 1001");
    assertThat(messages(api.post("/items/" + ID + "/heartbeat", "{\"fence\":\"1\"}")))
        .containsExactly("expected integer, found string \"1\"");
    assertThat(
            messages(
                api.post(
                    "/tokens",
                    "{\"name\":\"a b\",\"kind\":\"root\",\"scopes\":[\"work.all\"],\"agents\":[\"a*b\"]}")))
        .containsExactlyInAnyOrder(
            "expected text matching ^[A-Za-z0-9][A-Za-z0-9_.@:-]*$ (1 to 120 letters, digits or any"
                + " of _ . @ : -, the first a letter or digit), found \"a b\"",
            "expected one of \"user\", \"agent\", found \"root\"",
            "expected one of \"work.propose\", \"work.view\", \"work.checkout\", \"work.submit\","
                + " \"work.approve\", \"work.reject\", \"work.admin\", found \"work.all\"",
            "expected text matching ^[\\x21-\\x29\\x2b-\\x7e]*[\\x21-\\x7e]$ (1 to 255 visible ASCII"
                + " characters, no spaces; a * may only be the last), found \"a*b\"");
  }

  @Test
  void refusesNumbersOutOfTheContractsBounds() {
    var body = "{\"type\":\"t\",\"payload\":{},\"priority\":%s}";
    for (var priority : List.of("1001", "-1", "1.5", "99999999999999999999")) {
      assertThat(errors(problem(api.post("/propose", body.formatted(priority)), 422, "invalid")))
          .singleElement()
          .asString()
          .startsWith("/priority schema.");
    }
  }

  @Test
  void refusesIdsThatAreNoUuids() {
    for (var id : List.of("abc", "1-1-1-1-1", "%00", "0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a1g")) {
      var problem = problem(api.get("/orders/" + id), 422, "invalid");
      assertThat(problem.getString("detail")).contains("path parameter order");
    }
  }

  @Test
  void refusesUnknownQueryParametersNamingTheAllowed() {
    var problem = problem(api.get("/items/" + ID + "/logs?page[sise]=3"), 400, "unknown_parameter");
    assertThat(problem.getString("detail")).contains("page[sise]", "page[size], page[after]");
    assertThat(errors(problem)).containsExactly("page[sise] unknown_parameter");
    for (var list : List.of("/types", "/tokens")) {
      var unknown = problem(api.get(list + "?page[size]=5"), 400, "unknown_parameter");
      assertThat(errors(unknown)).containsExactly("page[size] unknown_parameter");
      assertThat(unknown.getString("detail")).contains("none is taken here");
    }
  }

  @Test
  void tellsEverythingThatIsWrongWithAQueryByTheParametersNames() {
    for (var logs : List.of("/items/" + ID + "/logs", "/orders/" + ID + "/logs")) {
      for (var size : List.of("x", "0", "101", "-1", "1.5", "", "99999999999999999999")) {
        var problem = problem(api.get(logs + "?page[size]=" + size), 400, "malformed_request");
        assertThat(errors(problem)).containsExactly("page[size] malformed_request");
        assertThat(problem.getString("detail"))
            .isEqualTo(
                "'page[size]': must be a whole number from 1 to 100, not '%s'".formatted(size));
      }
      assertThat(
              errors(
                  problem(
                      api.get(logs + "?page[size]=5&page[size]=6&x=1&page[after]="),
                      400,
                      "unknown_parameter")))
          .containsExactly(
              "page[size] malformed_request",
              "x unknown_parameter",
              "page[after] malformed_request");
    }
    assertThat(
            errors(
                problem(api.get("/orders?filter%5Bmeta%5D=%00&%00=1"), 400, "malformed_request")))
        .containsExactly("filter[meta] malformed_request", "\uFFFD malformed_request");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/agent/work/types?a=%zz",
        "/agent/work/orders/%zz",
        "/%zz",
        "/agent/work/types?a=%"
      })
  void refusesBrokenPercentEncoding(String target) throws Exception {
    try (var socket = new RawHttp(api.port())) {
      socket.write(
          "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\nConnection: close\r\n\r\n"
              .formatted(target));
      assertThat(socket.readAll())
          .startsWith("HTTP/1.1 400 ")
          .contains("application/problem+json", "malformed_request");
    }
  }

  @Test
  void refusesBodiesThatAreNotJsonByTheirMediaType() {
    for (var type : List.of("text/plain", "application/json; charset=latin1", "application/xml")) {
      var request = api.bare("POST", BASE + "/propose", "{}").header("Content-Type", type);
      problem(
          api.send(request.header("Authorization", "Bearer admin")), 415, "unsupported_media_type");
    }
    for (var charset : List.of("latin1", "\"utf-16\"", "us-ascii")) {
      var request = api.bare("POST", BASE + "/propose", "{}");
      request.header("Content-Type", "application/json; v=1; Charset=" + charset);
      var refused = api.send(request.header("Authorization", "Bearer admin"));
      var problem = problem(refused, 415, "unsupported_media_type");
      assertThat(problem.getString("detail"))
          .contains("must be UTF-8", "charset '%s'".formatted(charset.replace("\"", "")));
    }
    var utf8 = api.bare("POST", BASE + "/propose", "{}");
    utf8.header("Content-Type", "application/json;charset=\"UTF-8\"");
    problem(api.send(utf8.header("Authorization", "Bearer admin")), 422, "invalid");
    var untyped = api.bare("POST", BASE + "/propose", "{}").header("Authorization", "Bearer admin");
    problem(api.send(untyped), 415, "unsupported_media_type");
    var packed = api.request("POST", BASE + "/propose", "{}").header("Content-Encoding", "gzip");
    problem(api.send(packed), 415, "unsupported_media_type");
  }

  @Test
  void refusesDeepNesting() {
    for (int depth : List.of(101, 5_000, 100_000)) {
      var body = "{\"result\":{\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}}";
      assertThat(errors(problem(api.post(SUBMIT, body), 422, "invalid")))
          .containsExactly(" json.depth");
    }
  }

  @Test
  void refusesTextThatCannotBeKept() {
    var body =
        "{\"result\":{\"a\":[\"ok\",\"x\\u0000\"],\"b\":\"\\ud800\",\"c\":\"\\udc00\\ud800\","
            + "\"d\":\"\\ud83d\\ude00\",\"\\u0000\":1}}";
    assertThat(errors(problem(api.post(SUBMIT, body), 422, "invalid")))
        .containsExactly(
            "/result/a/1 text.unstorable",
            "/result/b text.unstorable",
            "/result/c text.unstorable",
            "/result/\uFFFD text.unstorable");
  }

  @Test
  void refusesNumbersThatAreNoNumbersAnyMore() {
    var body = "{\"result\":{\"a\":1e400,\"b\":-1e999,\"c\":1e300}}";
    assertThat(errors(problem(api.post(SUBMIT, body), 422, "invalid")))
        .containsExactly("/result/a number.out_of_range", "/result/b number.out_of_range");
    var digits = "{\"result\":{\"a\":" + "9".repeat(2_000) + "}}";
    assertThat(errors(problem(api.post(SUBMIT, digits), 422, "invalid")))
        .containsExactly(" json.length");
  }

  @Test
  void refusesUnknownPathsAndMethods() {
    problem(api.get("/nothing"), 404, "not_found");
    problem(api.send(api.bare("GET", "/nothing/../x", null)), 404, "not_found");
    var wrong = api.send(api.request("DELETE", BASE + "/orders/" + ID, null));
    problem(wrong, 405, "method_not_allowed");
    assertThat(wrong.headers().firstValue("Allow")).hasValue("GET");
    var both = api.send(api.request("PUT", BASE + "/tokens", "{}"));
    problem(both, 405, "method_not_allowed");
    assertThat(both.headers().firstValue("Allow").orElse("").split(",\\s*"))
        .containsExactlyInAnyOrder("GET", "POST");
  }

  @Test
  void refusesBadIdempotencyKeys() {
    for (var key : List.of("", "k".repeat(256))) {
      var request = api.request("POST", BASE + "/propose", "{\"type\":\"t\",\"payload\":{}}");
      problem(api.send(request.header("Idempotency-Key", key)), 422, "invalid");
    }
    var two = api.request("POST", BASE + "/propose", "{\"type\":\"t\",\"payload\":{}}");
    two.header("Idempotency-Key", "a").header("X-Idempotency-Key", "b");
    problem(api.send(two), 422, "invalid");
  }

  @Test
  void asksForAnIdempotencyKeyWhereItIsRequiredAfterAllElseIsValid() {
    var valid = api.request("POST", BASE + "/propose", "{\"type\":\"t\",\"payload\":{}}");
    problem(api.send(valid), 428, "idempotency_key_required");
    problem(api.send(api.request("POST", BASE + "/propose", "{}")), 422, "invalid");
  }

  @Test
  void answersWhatIsNoHttpAndGoesOn() throws Exception {
    for (var garbage :
        List.of(
            "BOGUS\r\n\r\n",
            "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(40_000) + "\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n")) {
      try (var socket = new RawHttp(api.port())) {
        socket.write(garbage);
        assertThat(socket.readAll()).contains(" 400 Bad Request").contains("malformed_request");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET / HTTP/1.1, 400 Bad Request, malformed_request",
    "GET / HTTP/1.1#Host: x:y, 400 Bad Request, malformed_request",
    "GET ?a HTTP/1.1#Host: x, 400 Bad Request, malformed_request",
    "GET health/live HTTP/1.1#Host: x, 404 Not Found, not_found",
    "OPTIONS * HTTP/1.1#Host: x, 404 Not Found, not_found"
  })
  void refusesRequestsThatNameNoHostOrNoPath(String head, String status, String code)
      throws Exception {
    try (var socket = new RawHttp(api.port())) {
      socket.write(head.replace("#", "\r\n") + "\r\nConnection: close\r\n\r\n");
      assertThat(socket.readAll())
          .startsWith("HTTP/1.1 " + status + "\r\n")
          .contains("application/problem+json", code, "X-Request-ID: ");
    }
  }

  @Test
  void refusesHeadersThatAreNotAscii() throws Exception {
    for (var header :
        List.of("Idempotency-Key: caf\u00e9", "X-Agent-ID: a b", "X-Agent-ID: \u00e9")) {
      try (var socket = new RawHttp(api.port())) {
        socket.write(
            """
            POST /agent/work/propose HTTP/1.1\r
            Host: x\r
            Authorization: Bearer admin\r
            Content-Type: application/json\r
            Content-Length: 25\r
            Connection: close\r
            %s\r
            \r
            {"type":"t","payload":{}}"""
                .formatted(header));
        assertThat(socket.readAll()).startsWith("HTTP/1.1 422 ").contains("header.invalid");
      }
    }
  }

  private static JsonObject problem(HttpResponse<String> response, int status, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(response.headers().firstValue("X-Request-ID")).isPresent();
    var problem = json(response);
    assertThat(problem.fieldNames())
        .containsExactly(
            "type", "title", "status", "detail", "code", "errors", "retryable", "next_actions");
    assertThat(problem.getString("code")).isEqualTo(code);
    assertThat(problem.getString("type")).isEqualTo("urn:orderly:problem:" + code);
    assertThat(problem.getInteger("status")).isEqualTo(status);
    assertThat(response.body()).doesNotContain("Exception", "jackson", "io.vertx", "java.");
    return problem;
  }

  private static List<String> messages(HttpResponse<String> response) {
    return problem(response, 422, "invalid").getJsonArray("errors").stream()
        .map(error -> ((JsonObject) error).getString("message"))
        .toList();
  }

  private static List<String> errors(JsonObject problem) {
    var found = new ArrayList<String>();
    for (var error : problem.getJsonArray("errors")) {
      var violation = (JsonObject) error;
      assertThat(violation.getString("message")).isNotBlank();
      found.add(violation.getString("pointer") + " " + violation.getString("code"));
    }
    return found;
  }
}
