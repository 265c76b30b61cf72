package dev.orderly.api.rest;

import static dev.orderly.api.rest.ApiFixture.BASE;
import static dev.orderly.api.rest.ApiFixture.ID;
import static dev.orderly.api.rest.ApiFixture.await;
import static dev.orderly.api.rest.ApiFixture.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.orderly.api.ApiSettings;
import dev.orderly.api.HealthChecks.Health;
import dev.orderly.domain.ErrorCode;
import dev.orderly.idempotency.Answer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server as such: body limits, health, draining, metrics, the contract and its page. */
class ServerTest {
  private static final String SUBMIT = BASE + "/items/" + ID + "/submit";

  private ApiFixture api;

  @BeforeEach
  void start() {
    api = new ApiFixture();
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void takesABodyOfTheLimitAndRefusesOneByteMore() {
    int limit = ApiSettings.defaults().maxBodyBytes();
    var frame = "{\"result\":{\"a\":\"\"}}";
    var fits = frame.replace("\"\"", "\"" + "x".repeat(limit - frame.length()) + "\"");
    assertThat(api.post("/items/" + ID + "/submit", fits).statusCode()).isEqualTo(200);
    api.messages.clear();
    var response = api.post("/items/" + ID + "/submit", fits + " ");
    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(json(response).getString("code")).isEqualTo("body_too_large");
    assertThat(api.messages).isEmpty();
  }

  @Test
  void answersBeforeATooLargeBodyHasCome() throws Exception {
    try (var socket = new RawHttp(api.port())) {
      socket.write(head("Content-Length: 10000000"));
      assertThat(socket.readAll())
          .startsWith("HTTP/1.1 413 ")
          .containsIgnoringCase("connection: close")
          .contains("body_too_large");
    }
  }

  @Test
  void theAnswerReachesAClientThatSendsItsWholeTooLargeBodyFirst() throws Exception {
    try (var socket = new RawHttp(api.port())) {
      socket.write(head("Content-Length: 10000000"));
      socket.write(new byte[10_000_000]);
      assertThat(socket.readAll()).startsWith("HTTP/1.1 413 ").contains("body_too_large");
    }
  }

  @Test
  void refusesAChunkedBodyOnceItIsTooLargeAndThenStopsReading() throws Exception {
    var chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
    try (var socket = new RawHttp(api.port())) {
      socket.write(head("Transfer-Encoding: chunked"));
      for (int i = 0; i < 17; i++) {
        socket.write(chunk);
      }
      assertThat(socket.readOne()).startsWith("HTTP/1.1 413 ").contains("body_too_large");
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  socket.write(chunk);
                }
              })
          .as("an endless body is cut off")
          .isInstanceOf(IOException.class);
    }
    assertThat(api.get("/types").statusCode()).isEqualTo(200);
  }

  @Test
  void takesAChunkedBodyAndOneAnnouncedByExpect() throws Exception {
    try (var socket = new RawHttp(api.port())) {
      socket.write(head("Transfer-Encoding: chunked"));
      socket.write("8\r\n{\"result\r\n6\r\n\":{}} \r\n0\r\n\r\n");
      assertThat(socket.readOne()).startsWith("HTTP/1.1 200 ");
      socket.write(head("Content-Length: 13\r\nExpect: 100-continue"));
      assertThat(socket.readOne()).startsWith("HTTP/1.1 100 ");
      socket.write("{\"result\":{}}");
      assertThat(socket.readOne()).startsWith("HTTP/1.1 200 ");
      socket.write(head("Content-Length: 10000000\r\nExpect: 100-continue"));
      assertThat(socket.readOne()).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void keepsAConnectionAliveAfterARefusalWhoseBodyWasSmall() throws Exception {
    try (var socket = new RawHttp(api.port())) {
      socket.write(head("Content-Length: 3").replace("Bearer admin", "Bearer other") + "{} ");
      assertThat(socket.readOne()).startsWith("HTTP/1.1 401 ");
      socket.write(head("Content-Length: 13") + "{\"result\":{}}");
      assertThat(socket.readOne()).startsWith("HTTP/1.1 200 ");
      socket.write(head("Content-Length: 2") + "{}");
      assertThat(socket.readOne()).startsWith("HTTP/1.1 422 ");
      socket.write(head("Content-Length: 13") + "{\"result\":{}}");
      assertThat(socket.readOne()).startsWith("HTTP/1.1 200 ");
    }
  }

  private static String head(String headers) {
    return "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\n".formatted(SUBMIT)
        + "Content-Type: application/json\r\nIdempotency-Key: k\r\n"
        + headers
        + "\r\n\r\n";
  }

  @Test
  void tellsItsHealthWithoutAToken() {
    api.health.put("database", () -> Future.succeededFuture(new Health(true, "18.0")));
    assertThat(status("/health/live")).isEqualTo("200 up");
    assertThat(status("/health/ready")).isEqualTo("200 up");
    api.health.put("redis", () -> Future.succeededFuture(Health.degraded("slower without it")));
    assertThat(status("/health/ready")).isEqualTo("200 degraded");
    var parts = json(api.send(api.bare("GET", "/health", null))).getJsonObject("checks");
    assertThat(parts.getJsonObject("redis").getString("status")).isEqualTo("degraded");
    assertThat(parts.getJsonObject("database").getString("status")).isEqualTo("up");
    api.health.put("bus", () -> Future.failedFuture("secret"));
    assertThat(status("/health/live")).isEqualTo("200 up");
    assertThat(status("/health/ready")).isEqualTo("503 down");
    var all = api.send(api.bare("GET", "/health", null));
    assertThat(all.statusCode()).isEqualTo(503);
    assertThat(all.body()).doesNotContain("secret");
    var checks = json(all).getJsonObject("checks");
    assertThat(checks.getJsonObject("database"))
        .isEqualTo(new JsonObject().put("status", "up").put("detail", "18.0"));
    assertThat(checks.getJsonObject("bus").getString("status")).isEqualTo("down");
  }

  @Test
  void drainsByRefusingNewRequestsAndFinishingThoseInFlight() throws Exception {
    var reached = Promise.<Void>promise();
    var answer = Promise.<Answer>promise();
    api.answers =
        message -> {
          reached.complete();
          return answer.future();
        };
    try (var inFlight = new RawHttp(api.port());
        var later = new RawHttp(api.port())) {
      inFlight.write(head("Content-Length: 13") + "{\"result\":{}}");
      await(reached.future());
      api.draining.begin();
      later.write(head("Content-Length: 13") + "{\"result\":{}}");
      assertThat(later.readAll())
          .startsWith("HTTP/1.1 503 ")
          .containsIgnoringCase("connection: close")
          .containsIgnoringCase("retry-after: ")
          .contains("\"unavailable\"");
      assertThat(status("/health/ready")).isEqualTo("503 draining");
      assertThat(status("/health/live")).isEqualTo("200 up");
      var stopped = api.stop();
      answer.complete(ApiFixture.ok());
      assertThat(inFlight.readOne()).startsWith("HTTP/1.1 200 ");
      await(stopped);
    }
    assertThat(heardFrom(api.port())).isEmpty();
  }

  /** The kernel may take a connection a moment longer than the server; nobody answers on it. */
  private static String heardFrom(int port) {
    try (var late = new RawHttp(port)) {
      late.write(head("Content-Length: 13") + "{\"result\":{}}");
      return late.readAll();
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void timesRequestsByOperationAndClassOfStatus() {
    api.get("/types");
    api.get("/types?x=1");
    api.get("/nowhere");
    var text = api.send(api.bare("GET", "/metrics", null)).body();
    assertThat(text)
        .contains("orderly_http_requests_seconds_count{operation=\"listTypes\",status=\"2xx\"} 1")
        .contains("orderly_http_requests_seconds_count{operation=\"listTypes\",status=\"4xx\"} 1")
        .contains("orderly_http_requests_seconds_count{operation=\"unmatched\",status=\"4xx\"} 1")
        .contains("orderly_http_requests_seconds_bucket{operation=\"listTypes\"");
  }

  @Test
  void pointsFromItsIndexToWhatItServes() {
    var index = json(api.send(api.bare("GET", "/", null)));
    assertThat(index.getString("name")).isEqualTo("orderly");
    assertThat(index.getString("version")).isNotBlank();
    for (var link : index.getJsonObject("links")) {
      if (!link.getKey().equals("api")) {
        assertThat(api.send(api.bare("GET", (String) link.getValue(), null)).statusCode())
            .as(link.getKey())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void servesItsDocumentationWithNothingFromElsewhere() {
    for (var path : Set.of("/docs", "/docs/")) {
      var page = api.send(api.bare("GET", path, null));
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
          .contains("default-src 'none'", "script-src 'self';");
      var links = Pattern.compile("(?:src|href)=\"([^\"]*)\"").matcher(page.body());
      int found = 0;
      while (links.find()) {
        found++;
        assertThat(links.group(1)).startsWith("/").doesNotStartWith("//");
        var part = api.send(api.bare("GET", links.group(1), null));
        assertThat(part.statusCode()).as(links.group(1)).isEqualTo(200);
        assertThat(part.body()).isNotEmpty();
      }
      assertThat(found).isEqualTo(5);
    }
    assertThat(api.send(api.bare("GET", "/docs/docs.js", null)).body())
        .contains("url: '/openapi.yaml'", "validatorUrl: null");
    for (var path : Set.of("/docs/swagger-ui.js", "/docs/..%2fopenapi.yaml", "/docs/%00")) {
      assertThat(api.send(api.bare("GET", path, null)).statusCode()).as(path).isEqualTo(404);
    }
  }

  @Test
  void servesItsContractUnderTheLiveBasePath() throws Exception {
    var defaults = ApiSettings.defaults();
    var moved =
        new ApiSettings(
            defaults.host(), 0, "/v2/orders-api", 4096, 60, defaults.enforceOn(), 5, 5, null);
    try (var other = new ApiFixture(moved)) {
      var yaml = other.send(other.bare("GET", "/openapi.yaml", null)).body();
      assertThat(yaml).doesNotContain("/agent/work").contains("- url: /v2/orders-api");
      assertThat(other.send(other.request("GET", "/v2/orders-api/types", null)).statusCode())
          .isEqualTo(200);
      assertThat(other.send(other.request("GET", BASE + "/types", null)).statusCode())
          .isEqualTo(404);
    }
  }

  @Test
  void theContractKnowsEveryErrorAndEveryReference() throws Exception {
    var yaml = api.contract.yaml();
    var document = new JsonObject(parse(yaml));
    var codes =
        document
            .getJsonObject("components")
            .getJsonObject("schemas")
            .getJsonObject("Problem")
            .getJsonObject("properties")
            .getJsonObject("code")
            .getJsonArray("enum");
    var known = new HashSet<Object>();
    for (var code : ErrorCode.values()) {
      known.add(code.wire());
    }
    assertThat(codes.stream().collect(Collectors.toSet())).isEqualTo(known);
    var references = Pattern.compile("'#/components/([a-zA-Z]+)/([a-zA-Z]+)'").matcher(yaml);
    var components = document.getJsonObject("components");
    var used = new HashSet<String>();
    while (references.find()) {
      var group = components.getJsonObject(references.group(1));
      assertThat(group.containsKey(references.group(2))).as(references.group()).isTrue();
      used.add(references.group(1) + "/" + references.group(2));
    }
    for (var group : Set.of("schemas", "parameters", "responses", "requestBodies")) {
      for (var name : components.getJsonObject(group).fieldNames()) {
        assertThat(used).as("used somewhere").contains(group + "/" + name);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> parse(String yaml) throws IOException {
    return new ObjectMapper(new YAMLFactory()).readValue(yaml, Map.class);
  }

  private String status(String path) {
    var response = api.send(api.bare("GET", path, null));
    return response.statusCode() + " " + json(response).getString("status");
  }
}
