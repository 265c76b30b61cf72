package dev.orderly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiCommandsTest {
  private static final String ID = "0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a10";
  private static final String ITEM = "0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a11";
  private static final String MOVED =
      "{\"order\":{\"id\":\"%s\",\"state\":\"cancelled\"}}".formatted(ID);

  @TempDir private Path dir;
  private RecordingApi api;
  private Path tokenFile;

  @BeforeEach
  void setUp() throws IOException {
    api = new RecordingApi();
    tokenFile = Files.writeString(dir.resolve("token"), "ordl_secret\n");
  }

  @AfterEach
  void tearDown() {
    api.close();
  }

  @Test
  void listsOrdersAsATable() {
    api.answer(
        200,
        """
        {"data":[{"id":"%s","type":"city.tiers","state":"submitted","priority":5,
          "item_counts":{"total":12},"created_at":"2026-01-01T00:00:00Z"}],
         "page":{"size":1,"next":"c2","has_more":true}}
        """
            .formatted(ID));
    var ran =
        call("orders", "list", "--state", "submitted,failed", "--type", "a b", "--limit", "1");
    assertThat(ran.code()).isZero();
    assertThat(ran.out().lines())
        .containsExactly(
            "ID                                    TYPE        STATE      PRIORITY  ITEMS  CREATED",
            ID + "  city.tiers  submitted  5         12     2026-01-01T00:00:00Z",
            "",
            "There are more: --after c2");
    assertThat(api.asked().method()).isEqualTo("GET");
    assertThat(api.asked().target())
        .isEqualTo(
            "/agent/work/orders?page%5Bsize%5D=1&filter%5Bstate%5D=submitted%2Cfailed"
                + "&filter%5Btype%5D=a+b");
    assertThat(api.asked().authorization()).isEqualTo("Bearer ordl_secret");
  }

  @ParameterizedTest
  @CsvSource({"0", "101"})
  void listsNoMoreThanTheServerDoes(String limit) {
    var ran = call("orders", "list", "--limit", limit);
    assertThat(ran.code()).isEqualTo(Exit.USAGE);
    assertThat(ran.err().strip())
        .isEqualTo("orderly: --limit is %s, but must be from 1 to 100".formatted(limit));
  }

  @Test
  void saysWhichOptionNamesATokenThatIsNotTaken() {
    api.answer(401, "{\"code\":\"unauthenticated\",\"title\":\"x\",\"status\":401}");
    var ran = call("orders", "list");
    assertThat(ran.code()).isEqualTo(Exit.REFUSED);
    assertThat(ran.err()).contains("--token-file");
  }

  @Test
  void saysThatThereAreNoOrders() {
    api.answer(200, "{\"data\":[],\"page\":{\"has_more\":false}}");
    assertThat(call("orders", "list").out().strip()).isEqualTo("No orders");
  }

  @Test
  void printsJsonIfAsked() throws IOException {
    var answer = "{\"data\":[],\"page\":{\"has_more\":false}}";
    api.answer(200, answer);
    assertThat(json(call("orders", "list", "--json").out())).isEqualTo(json(answer));
  }

  @Test
  void showsAnOrderItsItemsAndEvents() {
    api.answer(
        200,
        """
        {"order":{"id":"%s","type":"t","state":"failed","priority":0,"payload":{"a":1},"error":null,
          "item_counts":{"total":2,"queued":0,"failed":1,"accepted":1},
          "items":[{"id":"%s","state":"failed","attempts":3,"max_attempts":3,"key":"k",
            "leased_by_agent_id":null,"submitted_by_agent_id":"bot-1"}],
          "events":[{"created_at":"2026-01-01T00:00:00Z","event":"failed","actor_type":"agent",
            "actor_id":"bot-1","item_id":null,"message":"no\\u001b[2Jway"}]}}
        """
            .formatted(ID, ITEM));
    var ran = call("orders", "show", ID);
    assertThat(ran.code()).isZero();
    assertThat(ran.out())
        .contains("state            failed")
        .contains("items            1 failed, 1 accepted")
        .contains("payload {")
        .contains("3/3       bot-1  k")
        .contains("agent:bot-1  -     no?[2Jway")
        .doesNotContain("error");
    assertThat(api.asked().target()).isEqualTo("/agent/work/orders/" + ID);
  }

  @Test
  void showsWhatAReviewerHasToKnow() {
    api.answer(
        200,
        """
        {"order":{"id":"%s","type":"t","state":"applied","digest":"9f86","held_for_review":true,
          "approvals":{"required":2,"given":1},"reverted_by":null,"reverts_order_id":"%s",
          "items":[{"id":"%s","state":"queued","attempts":0,"max_attempts":3,"waits_for":2}]}}
        """
            .formatted(ID, ITEM, ITEM));
    assertThat(call("orders", "show", ID).out())
        .contains("digest           9f86")
        .contains("approvals        1 of 2")
        .contains("reverts_order_id " + ITEM)
        .contains("Its change is not the one that was approved")
        .contains("queued, waits for 2")
        .doesNotContain("reverted_by");
  }

  @Test
  void approvesAndPrintsTheDiff() throws IOException {
    api.answer(
        200,
        """
        {"order":{"id":"%s","state":"completed"},"diff":{"summary":"3 rows"}}"""
            .formatted(ID));
    var ran = call("orders", "approve", ID, "--notes", "fine", "--wait", "30");
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("Order " + ID + " is completed", "\"summary\" : \"3 rows\"");
    assertThat(api.asked().target()).isEqualTo("/agent/work/orders/" + ID + "/approve");
    assertThat(api.asked().prefer()).isEqualTo("wait=30");
    assertThat(json(api.asked().body())).isEqualTo(json("{\"notes\":\"fine\"}"));
    assertThat(api.asked().idempotencyKey()).isNotBlank();
  }

  @Test
  void saysThatAnApprovedChangeIsStillUnderWay() {
    api.answer(
        202,
        """
        {"order":{"id":"%s","state":"approved"},"status_url":"/agent/work/orders/%s"}"""
            .formatted(ID, ID));
    var ran = call("orders", "approve", ID);
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("is approved", "orderly orders show " + ID);
  }

  @Test
  void saysThatAChangeIsHeld() {
    api.answer(
        202,
        """
        {"order":{"id":"%s","state":"submitted","error":{"code":"prediction_differs"}},"status_url":"/x"}"""
            .formatted(ID));
    var before = call("orders", "approve", ID, "--prediction", "ab");
    assertThat(before.out()).contains("is submitted", "prediction_differs");
    assertThat(api.asked().body()).contains("\"prediction\":\"ab\"");
    api.answer(
        200,
        """
        {"order":{"id":"%s","state":"applied","held_for_review":true},"diff":{"summary":"3 rows"}}"""
            .formatted(ID));
    assertThat(call("orders", "approve", ID).out())
        .contains("is applied", "or revert it", "3 rows");
  }

  @Test
  void previewsAChange() {
    api.answer(
        200,
        """
        {"predicted_by":"sql","hold_on_difference":true,"digest":"abc","diff":{"summary":"3 rows"}}""");
    var ran = call("orders", "preview", ID, "--fresh");
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("Foretold by sql", "--prediction abc", "3 rows");
    assertThat(api.asked().target()).isEqualTo("/agent/work/orders/" + ID + "/preview?fresh=true");
  }

  @Test
  void asksForARevert() throws IOException {
    api.answer(201, MOVED);
    var ran = call("orders", "revert", ID, "--reason", "wrong");
    assertThat(ran.code()).isZero();
    assertThat(api.asked().target()).isEqualTo("/agent/work/orders/" + ID + "/revert");
    assertThat(json(api.asked().body())).isEqualTo(json("{\"reason\":\"wrong\"}"));
  }

  @Test
  void refusesAWaitThatTheServerWouldNotKeep() {
    var ran = call("orders", "approve", ID, "--wait", "61");
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("from 0 to 60");
  }

  @Test
  void rejectsForGood() throws IOException {
    api.answer(200, MOVED);
    call("orders", "reject", ID, "--message", "wrong");
    assertThat(json(api.asked().body()))
        .isEqualTo(
            json(
                "{\"errors\":[{\"code\":\"rejected\",\"message\":\"wrong\"}],\"allow_rework\":false}"));
  }

  @Test
  void rejectsNamedItemsForRework() throws IOException {
    api.answer(200, MOVED);
    var ran =
        call(
            "orders",
            "reject",
            ID,
            "--message",
            "m",
            "--code",
            "c",
            "--pointer",
            "/a",
            "--rework",
            "--item",
            ITEM);
    assertThat(ran.code()).isZero();
    assertThat(api.asked().target()).isEqualTo("/agent/work/orders/" + ID + "/reject");
    assertThat(json(api.asked().body()))
        .isEqualTo(
            json(
                """
                {"errors":[{"code":"c","message":"m","pointer":"/a"}],"allow_rework":true,"items":["%s"]}"""
                    .formatted(ITEM)));
  }

  @Test
  void cancels() throws IOException {
    api.answer(200, MOVED);
    assertThat(call("orders", "cancel", ID, "--reason", "old").out().strip())
        .isEqualTo("Order " + ID + " is cancelled");
    assertThat(api.asked().target()).isEqualTo("/agent/work/orders/" + ID + "/cancel");
    assertThat(json(api.asked().body())).isEqualTo(json("{\"reason\":\"old\"}"));
  }

  @Test
  void retries() {
    api.answer(200, MOVED);
    assertThat(call("orders", "retry", ID).code()).isZero();
    assertThat(api.asked().target()).isEqualTo("/agent/work/orders/" + ID + "/retry");
    assertThat(api.asked().body()).isEqualTo("{}");
  }

  @Test
  void makesATokenAndPrintsItsSecret() throws IOException {
    api.answer(
        201,
        """
        {"token":{"id":"%s","name":"bot","kind":"agent","scopes":["work.view","work.submit"],"agents":[],
          "expires_at":null,"revoked_at":null},"secret":"ordl_new"}"""
            .formatted(ID));
    var ran =
        call(
            "token",
            "create",
            "--name",
            "bot",
            "--scope",
            "work.view,work.submit",
            "--agent",
            "bot-*",
            "--kind",
            "agent",
            "--expires-in",
            "30d");
    assertThat(ran.code()).isZero();
    assertThat(ran.out())
        .contains("work.view,work.submit")
        .endsWith("ordl_new" + System.lineSeparator());
    assertThat(json(api.asked().body()))
        .isEqualTo(
            json(
                """
                {"name":"bot","scopes":["work.view","work.submit"],"kind":"agent","agents":["bot-*"],
                 "expires_in_seconds":2592000}"""));
  }

  @Test
  void listsTokens() {
    api.answer(
        200,
        """
        {"data":[{"id":"%s","name":"bot","kind":"agent","scopes":["work.view"],"agents":["bot-*"],
          "revoked_at":"2026-01-01T00:00:00Z"}]}"""
            .formatted(ID));
    assertThat(call("token", "list").out()).contains("revoked", "bot-*");
    assertThat(api.asked().target()).isEqualTo("/agent/work/tokens");
  }

  @ParameterizedTest
  @CsvSource({"2020-01-01T00:00:00Z, expired", "2999-01-01T00:00:00Z, live"})
  void listsATokenWhoseTimeIsOverAsExpired(String expires, String status) {
    api.answer(
        200,
        """
        {"data":[{"id":"%s","name":"bot","kind":"agent","scopes":[],"agents":[],"expires_at":"%s"}]}"""
            .formatted(ID, expires));
    assertThat(call("token", "list").out().lines().toList().get(1)).contains(" " + status + " ");
  }

  @Test
  void revokesAToken() {
    api.answer(204, "");
    var ran = call("token", "revoke", ID);
    assertThat(ran.code()).isZero();
    assertThat(ran.out().strip()).isEqualTo("Revoked " + ID);
    assertThat(api.asked().method()).isEqualTo("DELETE");
    assertThat(api.asked().target()).isEqualTo("/agent/work/tokens/" + ID);
  }

  @Test
  void aRefusalIsPrintedLineByLine() {
    api.answer(
        422,
        """
        {"type":"about:blank","title":"The request is not valid","status":422,"detail":"Two things",
         "code":"invalid","errors":[{"pointer":"/name","code":"token.name","message":"Too\\nlong"},
         {"pointer":"","code":"x","message":"All wrong"}],"retryable":false,"next_actions":["Ask again"]}""");
    var ran = call("orders", "retry", ID);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().lines())
        .containsExactly(
            "orderly: The request is not valid: Two things (invalid)",
            "  /name: Too?long (token.name)",
            "  the whole: All wrong (x)",
            "  next: Ask again");
  }

  @Test
  void whatTheDetailSaysIsNotPrintedTwice() {
    api.answer(
        400,
        """
        {"type":"about:blank","title":"The request cannot be read","status":400,
         "detail":"'page[size]': must be a whole number from 1 to 100, not '0'",
         "code":"malformed_request","errors":[{"pointer":"page[size]","code":"malformed_request",
         "message":"must be a whole number from 1 to 100, not '0'"}],"retryable":false,"next_actions":[]}""");
    assertThat(call("orders", "list", "--limit", "1").err().lines())
        .containsExactly(
            "orderly: The request cannot be read: 'page[size]': must be a whole number from 1 to"
                + " 100, not '0' (malformed_request)");
  }

  @Test
  void whatIsNoOrderlyIsUnreachable() {
    api.answer(502, "text/html", "<html>bad gateway</html>");
    var ran = call("orders", "list");
    assertThat(ran.code()).isEqualTo(3);
    assertThat(ran.err()).contains("is no Orderly (HTTP 502)");
    api.answer(200, "text/html", "<html>hello</html>");
    assertThat(call("orders", "list").code()).isEqualTo(3);
  }

  @Test
  void aServerThatDoesNotListenIsUnreachable() throws IOException {
    int free;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    var ran =
        Ran.command(
            "orders",
            "list",
            "--url",
            "http://127.0.0.1:" + free,
            "--token-file",
            tokenFile.toString());
    assertThat(ran.code()).isEqualTo(3);
    assertThat(ran.err().lines())
        .singleElement()
        .asString()
        .startsWith("orderly: no server answers at http://127.0.0.1:" + free + "/agent/work");
  }

  @Test
  void theEnvironmentNamesServerAndToken() {
    api.answer(200, "{\"data\":[]}");
    var environment =
        Map.of("ORDERLY_URL", api.url() + "/base/", "ORDERLY_TOKEN_FILE", tokenFile.toString());
    assertThat(Ran.command(environment, config -> 1, "token", "list").code()).isZero();
    assertThat(api.asked().target()).isEqualTo("/base/tokens");
  }

  @Test
  void aTokenFileThatCannotServeIsAMatterOfUsage() throws IOException {
    var missing = dir.resolve("missing").toString();
    var ran = Ran.command("token", "list", "--url", api.url(), "--token-file", missing);
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("there is no file " + missing, "--token-file");
    Files.writeString(tokenFile, "two words");
    assertThat(call("token", "list").code()).isEqualTo(2);
    Files.writeString(tokenFile, "");
    assertThat(call("token", "list").err()).contains("holds no token");
  }

  @Test
  void aUrlThatIsNoneIsAMatterOfUsage() {
    for (var url : List.of("localhost:8080", "ftp://x", "http://", "not a url", "http://x/?a=b")) {
      var ran = Ran.command("token", "list", "--url", url, "--token-file", tokenFile.toString());
      assertThat(ran.code()).as(url).isEqualTo(2);
      assertThat(ran.err()).as(url).contains("--url is \"" + url + "\"");
    }
  }

  private Ran call(String... args) {
    var all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--url", api.url(), "--token-file", tokenFile.toString()));
    return Ran.command(all.toArray(String[]::new));
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }
}
