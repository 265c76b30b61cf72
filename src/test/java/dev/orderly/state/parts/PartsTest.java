package dev.orderly.state.parts;

import static dev.orderly.api.LiveApi.json;
import static dev.orderly.state.parts.PartsFixture.named;
import static dev.orderly.state.parts.PartsFixture.pointers;
import static dev.orderly.state.parts.PartsFixture.refused;
import static dev.orderly.state.parts.PartsFixture.taken;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.Sha256;
import dev.orderly.domain.Violation;
import dev.orderly.state.parts.PartsFixture.Leased;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.testing.TypeTexts;
import dev.orderly.types.Diff;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderView;
import dev.orderly.types.Part;
import dev.orderly.types.PartsSpec;
import dev.orderly.types.PartsSpec.Key;
import dev.orderly.types.plugin.AbstractOrderType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What agents hand in by parts, over HTTP. */
class PartsTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static PartsFixture parts;

  @BeforeAll
  static void start(@TempDir Path directory) {
    parts = new PartsFixture(db);
    parts.api.engine.type(TypeTexts.type(directory, PartsFixture.TYPE));
    parts.api.engine.type(new TestType("whole.type"));
    parts.api.engine.type(
        TypeTexts.type(
            directory,
            TypeTexts.LEAST.replace("least.type", "only.type")
                + "parts: { only: true, keys: [{ key: a }, { key: b, mode: chunks }] }\n"));
    parts.api.engine.type(
        TypeTexts.type(
            directory,
            TypeTexts.LEAST.replace("least.type", "proven.type")
                + "parts: { keys: [{ key: a }] }\nevidence: { required: [{ name: report }] }\n"));
  }

  @AfterAll
  static void stop() {
    parts.close();
  }

  private static JsonObject fact(int n) {
    return new JsonObject().put("n", n);
  }

  @Test
  void makesTheResultOfTheParts() {
    var item = parts.leased("note-1");
    assertThat(item.item().getJsonArray("parts_required")).containsExactly("identity", "note-1");
    assertThat(item.item().getJsonObject("parts_state").getJsonObject("note-1"))
        .isEqualTo(new JsonObject().put("status", "missing"));
    assertThat(item.item().getJsonObject("parts").getJsonArray("keys")).hasSize(3);

    var first = taken(parts.part(item, "identity", named("acme")));
    taken(parts.part(item, "facts", fact(1)));
    taken(parts.part(item, "facts", fact(2)));
    var last = taken(parts.part(item, "note-1", new JsonObject()));
    assertThat(first.getJsonObject("part").getInteger("seq")).isZero();
    assertThat(first.getJsonObject("part").getString("checksum"))
        .isEqualTo(Sha256.hex("{\"name\":\"acme\"}"));
    assertThat(parts.item(item.id()).getString("state")).isEqualTo("in_progress");
    var state = last.getJsonObject("item_parts_state");
    assertThat(state.getJsonObject("facts").getLong("chunks")).isEqualTo(2);
    assertThat(state.getJsonObject("facts").getInteger("seq")).isEqualTo(1);
    assertThat(parts.item(item.id()).getJsonObject("parts_state")).isEqualTo(state);

    var answer = taken(parts.finish(item, "strict"));

    assertThat(answer.getString("state")).isEqualTo("submitted");
    assertThat(answer.getString("order_state")).isEqualTo("submitted");
    assertThat(parts.item(item.id()).getJsonObject("result"))
        .isEqualTo(
            new JsonObject()
                .put("facts", new JsonArray().add(fact(1)).add(fact(2)))
                .put("identity", named("acme"))
                .put("note-1", new JsonObject()));
    assertThat(parts.api.engine.events("item_id", item.id()))
        .containsExactly(
            "leased",
            "in_progress",
            "part_submitted",
            "part_submitted",
            "part_submitted",
            "part_submitted",
            "submitted");
    var event =
        db.rows(
                "select payload from work_events where item_id = $1 and event = 'submitted'",
                item.id())
            .getFirst()
            .getJsonObject("payload");
    assertThat(event.getBoolean("assembled")).isTrue();
    assertThat(event.getInteger("parts_count")).isEqualTo(4);
  }

  @Test
  void keepsABadPartAndLeavesTheGoodOneInUse() {
    var item = parts.leased();
    taken(parts.part(item, "identity", named("acme")));

    var problem = refused(parts.part(item, "identity", named("else")), 422, "invalid");

    assertThat(pointers(problem)).containsExactly("/payload/name");
    assertThat(problem.getJsonObject("part").getString("status")).isEqualTo("rejected");
    var list = parts.parts(parts.ann, item.id());
    assertThat(list.getJsonArray("data")).hasSize(2);
    var rejected = list.getJsonArray("data").getJsonObject(0);
    assertThat(rejected.getString("status")).isEqualTo("rejected");
    assertThat(rejected.getInteger("seq")).isEqualTo(1);
    assertThat(rejected.getJsonArray("errors").getJsonObject(0).getString("code"))
        .isEqualTo("right_name");
    var state = list.getJsonObject("parts_state").getJsonObject("identity");
    assertThat(state.getString("status")).isEqualTo("validated");
    assertThat(state.getInteger("seq")).isZero();
    assertThat(state.getInteger("rejected_seq")).isEqualTo(1);
    taken(parts.finish(item, "strict"));
    assertThat(parts.item(item.id()).getJsonObject("result").getJsonObject("identity"))
        .isEqualTo(named("acme"));
    assertThat(parts.api.engine.events("item_id", item.id())).contains("part_rejected");
  }

  @Test
  void aCorrectedPartTakesThePlaceOfTheRejectedOne() {
    var item = parts.leased();
    refused(parts.part(item, "identity", new JsonObject()), 422, "invalid");
    assertThat(
            refused(parts.finish(item, "strict"), 422, "parts_missing")
                .getJsonArray("errors")
                .getJsonObject(0))
        .isEqualTo(
            new JsonObject()
                .put("pointer", "/parts_state/identity")
                .put("code", "part.rejected")
                .put("message", "Required part identity is rejected"));

    var state = taken(parts.part(item, "identity", named("acme")));

    assertThat(state.getJsonObject("part").getInteger("seq")).isZero();
    var identity = state.getJsonObject("item_parts_state").getJsonObject("identity");
    assertThat(identity.getString("status")).isEqualTo("validated");
    assertThat(identity.containsKey("rejected_seq")).isFalse();
  }

  @Test
  void aRetriedRequestGetsTheSameAnswerBadOrGood() {
    var item = parts.leased();
    for (var payload : List.of(named("else"), named("acme"))) {
      var body = new JsonObject().put("part_key", "identity").put("payload", payload);
      var key = "again-" + payload.getString("name");
      var first = parts.api.post(item.token(), item.path("parts"), body, "Idempotency-Key", key);
      var again = parts.api.post(item.token(), item.path("parts"), body, "Idempotency-Key", key);
      assertThat(again.statusCode()).isEqualTo(first.statusCode());
      assertThat(json(again)).isEqualTo(json(first));
      assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
      assertThat(again.headers().firstValue("Content-Type"))
          .isEqualTo(first.headers().firstValue("Content-Type"));
    }
    assertThat(parts.parts(parts.ann, item.id()).getJsonArray("data")).hasSize(2);
    var first =
        parts.api.post(
            item.token(), item.path("finalize"), new JsonObject(), "Idempotency-Key", "f");
    var again =
        parts.api.post(
            item.token(), item.path("finalize"), new JsonObject(), "Idempotency-Key", "f");
    assertThat(json(again)).isEqualTo(taken(first));
    assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
  }

  @Test
  void theSamePartAgainIsOnePart() {
    var item = parts.leased();
    var first = taken(parts.part(item, "identity", 3, named("acme"))).getJsonObject("part");
    // Written otherwise, and the same JSON all the same.
    var again =
        taken(parts.part(item, "identity", 3, new JsonObject("{ \"name\" : \"\\u0061cme\" }")));
    assertThat(again.getJsonObject("part")).isEqualTo(first);
    refused(
        parts.part(item, "facts", 0, fact(0).put("big", "x".repeat(300))), 413, "part_too_large");
    var bad = refused(parts.part(item, "identity", 4, named("b")), 422, "invalid");
    var badAgain = refused(parts.part(item, "identity", 4, named("b")), 422, "invalid");
    assertThat(badAgain.getJsonObject("part").getString("id"))
        .isEqualTo(bad.getJsonObject("part").getString("id"));
    assertThat(parts.parts(parts.ann, item.id()).getJsonArray("data")).hasSize(2);
  }

  @Test
  void aHigherNumberReplacesAndALowerOneIsRefused() {
    var item = parts.leased();
    taken(parts.part(item, "note-1", 5, fact(1)));

    for (int seq : List.of(0, 5)) {
      var problem = refused(parts.part(item, "note-1", seq, fact(2)), 409, "part_superseded");
      assertThat(pointers(problem)).containsExactly("/seq");
    }
    assertThat(taken(parts.part(item, "note-1", fact(3))).getJsonObject("part").getInteger("seq"))
        .isEqualTo(6);
    taken(parts.part(item, "note-1", 9, fact(4)));

    var data = parts.parts(parts.ann, item.id(), "filter[part_key]", "note-1").getJsonArray("data");
    assertThat(data.stream().map(p -> ((JsonObject) p).getString("status")))
        .containsExactly("validated", "superseded", "superseded");
    assertThat(data.stream().map(p -> ((JsonObject) p).getInteger("seq"))).containsExactly(9, 6, 5);
    taken(parts.part(item, "identity", named("acme")));
    taken(parts.finish(item, "strict"));
    assertThat(parts.item(item.id()).getJsonObject("result").getJsonObject("note-1"))
        .isEqualTo(fact(4));
  }

  @Test
  void chunksComeInOrderWithoutGapsAndEachOnce() {
    var item = parts.leased();
    assertThat(
            refused(parts.part(item, "facts", 1, fact(1)), 409, "part_gap").getBoolean("retryable"))
        .isTrue();
    taken(parts.part(item, "facts", 0, fact(0)));
    taken(parts.part(item, "facts", 0, fact(0)));
    refused(parts.part(item, "facts", 0, fact(7)), 409, "part_conflict");
    refused(parts.part(item, "facts", 2, fact(2)), 409, "part_gap");
    taken(parts.part(item, "facts", 1, fact(1)));

    assertThat(parts.parts(parts.ann, item.id()).getJsonArray("data")).hasSize(2);
  }

  @Test
  void chunksCanBeBegunAnew() {
    var item = parts.leased();
    taken(parts.part(item, "facts", 0, fact(0)));
    taken(parts.part(item, "facts", 1, fact(1)));
    var anew =
        new JsonObject().put("part_key", "facts").put("payload", fact(5)).put("restart", true);

    refused(parts.part(item, anew.copy().put("seq", 1)), 422, "invalid");
    refused(
        parts.part(item, anew.copy().put("part_key", "identity").put("payload", named("acme"))),
        422,
        "invalid");
    var state = taken(parts.part(item, anew)).getJsonObject("item_parts_state");

    assertThat(state.getJsonObject("facts").getLong("chunks")).isEqualTo(1);
    taken(parts.part(item, "identity", named("acme")));
    taken(parts.finish(item, "strict"));
    assertThat(parts.item(item.id()).getJsonObject("result").getJsonArray("facts"))
        .isEqualTo(new JsonArray().add(fact(5)));
  }

  @Test
  void refusesUnknownKeysForgedChecksumsAndWhatIsTooMuch() {
    var item = parts.leased();
    for (var key : List.of("Identity", "note-x", "xnote-1")) {
      var problem = refused(parts.part(item, key, fact(1)), 422, "unknown_part_key");
      assertThat(pointers(problem)).containsExactly("/part_key");
      assertThat(problem.getString("detail")).contains("identity, facts");
    }
    var body = new JsonObject().put("part_key", "identity").put("payload", named("acme"));
    var forged = body.copy().put("checksum", Sha256.hex("other"));
    assertThat(pointers(refused(parts.part(item, forged), 422, "checksum_mismatch")))
        .containsExactly("/checksum");
    refused(parts.part(item, body.copy().put("checksum", "abc")), 422, "invalid");
    assertThat(parts.parts(parts.ann, item.id()).getJsonArray("data")).isEmpty();
    taken(parts.part(item, body.copy().put("checksum", Sha256.hex("{\"name\":\"acme\"}"))));

    var large = new JsonObject().put("text", "x".repeat(190));
    assertThat(pointers(refused(parts.part(item, "note-1", large), 413, "part_too_large")))
        .containsExactly("/payload");
    large.put("text", "x".repeat(189));
    taken(parts.part(item, "note-1", large));
    assertThat(refused(parts.part(item, "note-2", large), 422, "parts_limit").getString("detail"))
        .contains("415 bytes", "may have 300");
    // What it replaces does not count.
    taken(parts.part(item, "note-1", large.copy().put("text", "y".repeat(189))));
    taken(parts.part(item, "facts", fact(0)));
    taken(parts.part(item, "facts", fact(1)));
    assertThat(refused(parts.part(item, "facts", fact(2)), 422, "parts_limit").getString("detail"))
        .contains("4 parts");
  }

  @Test
  void keepsOfWhatIsNotInUseAsMuchAsMayBeInUse() {
    var item = parts.leased();
    IntStream.range(0, 7).forEach(n -> taken(parts.part(item, "note-1", fact(n))));
    IntStream.range(0, 7)
        .forEach(n -> refused(parts.part(item, "identity", named("no" + n)), 422, "invalid"));

    var list = parts.parts(parts.ann, item.id());

    assertThat(list.getJsonArray("data")).hasSize(5);
    assertThat(list.getJsonObject("parts_state").getJsonObject("note-1").getInteger("seq"))
        .isEqualTo(6);
    assertThat(parts.api.engine.events("item_id", item.id()))
        .filteredOn("part_rejected"::equals)
        .hasSize(7);
  }

  @Test
  void onlyTheHolderHandsInParts() {
    var item = parts.leased();
    var bens = new Leased(parts.ben, item.item());
    refused(parts.part(bens, "identity", named("acme")), 409, "lease_conflict");
    refused(parts.finish(bens, "strict"), 409, "lease_conflict");
    var body = new JsonObject().put("part_key", "identity").put("payload", named("acme"));
    refused(parts.part(item, body.copy().put("fence", item.fence() - 1)), 409, "stale_fence");
    refused(parts.part(item, body.copy().put("lease_token", "forged")), 409, "lease_conflict");
    parts.api.engine.lapse(item.id());
    refused(parts.part(item, body), 409, "lease_expired");
    refused(parts.finish(item, "strict"), 409, "lease_expired");
    refused(
        parts.send(parts.ann, "/items/" + UUID.randomUUID() + "/parts", body), 404, "not_found");
    assertThat(db.<Long>value("select count(*) from work_item_parts where item_id = $1", item.id()))
        .isZero();
  }

  @Test
  void nothingIsTakenAfterFinalize() {
    var item = parts.leased();
    taken(parts.part(item, "identity", named("acme")));
    taken(parts.finish(item, "strict"));

    var late = refused(parts.part(item, "identity", named("acme")), 409, "state_conflict");
    // There is nothing to check out any more.
    assertThat(late.getJsonArray("next_actions"))
        .containsExactly("GET the item to see what became of it");
    refused(parts.finish(item, "strict"), 409, "state_conflict");
    assertThat(parts.parts(parts.admin, item.id()).getJsonArray("data")).hasSize(1);
  }

  @Test
  void strictNamesWhatIsMissingAndBestEffortDoesWithout() {
    var item = parts.leased("note-1", "note-2");
    taken(parts.part(item, "identity", named("acme")));
    var problem = refused(parts.finish(item, "strict"), 422, "parts_missing");
    assertThat(pointers(problem)).containsExactly("/parts_state/note-1", "/parts_state/note-2");
    var mode = parts.finish(item, "lenient");
    assertThat(pointers(refused(mode, 422, "invalid"))).containsExactly("/mode");

    taken(parts.finish(item, "best_effort"));

    assertThat(parts.item(item.id()).getString("state")).isEqualTo("submitted");
  }

  @Test
  void whatIsAssembledMustSatisfyTheType() {
    var item = parts.leased();
    assertThat(pointers(refused(parts.finish(item, "best_effort"), 422, "invalid")))
        .containsExactly("/result");
    assertThat(parts.api.engine.events("item_id", item.id())).contains("refused");
    assertThat(parts.item(item.id()).getString("state")).isEqualTo("leased");
  }

  @Test
  void theNextHolderGoesOnFromThePartsThatAreThere() {
    var item = parts.leased("note-1");
    taken(parts.part(item, "identity", named("acme")));
    taken(parts.part(item, "facts", fact(0)));
    parts.expire(item);

    var next = parts.checkout(parts.ben, item.order());

    assertThat(next.id()).isEqualTo(item.id());
    assertThat(next.item().getJsonArray("parts_required")).containsExactly("identity", "note-1");
    var state = next.item().getJsonObject("parts_state");
    assertThat(state.getJsonObject("facts").getLong("chunks")).isEqualTo(1);
    assertThat(state.getJsonObject("note-1").getString("status")).isEqualTo("missing");
    refused(parts.part(item, "note-1", fact(1)), 409, "lease_conflict");
    taken(parts.part(next, "note-1", fact(1)));
    taken(parts.part(next, "facts", fact(1)));
    taken(parts.finish(next, "strict"));
    assertThat(parts.item(item.id()).getString("submitted_by_agent_id")).isEqualTo("ben");
  }

  @Test
  void reworkKeepsTheParts() {
    var item = parts.leased();
    taken(parts.part(item, "identity", named("acme")));
    taken(parts.finish(item, "strict"));
    parts.api.engine.reject(item.order(), true);

    var again = parts.checkout(parts.ben, item.order());

    assertThat(
            again.item().getJsonObject("parts_state").getJsonObject("identity").getString("status"))
        .isEqualTo("validated");
    assertThat(again.item().getJsonArray("errors")).hasSize(1);
    taken(parts.part(again, "note-3", fact(3)));
    taken(parts.finish(again, "strict"));
    assertThat(parts.item(item.id()).getJsonObject("result").fieldNames())
        .containsExactlyInAnyOrder("identity", "note-3");
  }

  @Test
  void partsAtTheSameInstantAreAllKept() {
    var item = parts.leased();
    taken(parts.part(item, "identity", named("acme")));
    var sent =
        IntStream.range(0, 3)
            .mapToObj(
                n ->
                    CompletableFuture.supplyAsync(
                        () -> parts.part(item, n == 0 ? "note-1" : "facts", fact(n))))
            .toList();
    sent.forEach(answer -> taken(answer.join()));

    var state = parts.item(item.id()).getJsonObject("parts_state");

    assertThat(state.getJsonObject("facts").getLong("chunks")).isEqualTo(2);
    assertThat(state.getJsonObject("note-1").getInteger("seq")).isZero();
    assertThat(
            db
                .rows(
                    "select seq from work_item_parts where item_id = $1 and part_key = 'facts' order by 1",
                    item.id())
                .stream()
                .map(row -> row.getInteger("seq")))
        .containsExactly(0, 1);
  }

  @Test
  void aPartThatCameBeforeFinalizeIsInTheResult() {
    for (int round = 0; round < 10; round++) {
      var item = parts.leased();
      taken(parts.part(item, "identity", named("acme")));
      var note = CompletableFuture.supplyAsync(() -> parts.part(item, "note-1", fact(1)));
      var end = CompletableFuture.supplyAsync(() -> parts.finish(item, "strict"));
      taken(end.join());
      boolean wasTaken = note.join().statusCode() == 202;
      assertThat(parts.item(item.id()).getJsonObject("result").containsKey("note-1"))
          .isEqualTo(wasTaken);
    }
  }

  @Test
  void ofTwoThatFinalizeAtTheSameInstantOneDoes() {
    for (int round = 0; round < 10; round++) {
      var item = parts.leased();
      taken(parts.part(item, "identity", named("acme")));
      var both =
          IntStream.range(0, 2)
              .mapToObj(n -> CompletableFuture.supplyAsync(() -> parts.finish(item, "strict")))
              .toList();
      assertThat(both.stream().map(answer -> answer.join().statusCode()))
          .containsExactlyInAnyOrder(202, 409);
      assertThat(parts.api.engine.events("item_id", item.id()))
          .filteredOn("submitted"::equals)
          .hasSize(1);
    }
  }

  @Test
  void aReleasedItemIsFinalizedByItsNextHolder() {
    var item = parts.leased();
    taken(parts.part(item, "identity", named("acme")));
    parts.send(parts.ann, item.path("release"), new JsonObject());
    refused(parts.part(item, "identity", named("acme")), 409, "state_conflict");
    assertThat(parts.api.engine.orderState(item.order())).isEqualTo("queued");
    var again = parts.checkout(parts.ann, item.order());
    taken(parts.finish(again, "strict"));
    parts.api.engine.approve(item.order(), 0);
    assertThat(parts.api.engine.orderState(item.order())).isEqualTo("approved");
  }

  @Test
  void listsByFiltersAndInPages() {
    var item = parts.leased();
    taken(parts.part(item, "note-2", fact(2)));
    taken(parts.part(item, "note-1", fact(1)));
    taken(parts.part(item, "note-1", fact(3)));
    refused(parts.part(item, "identity", new JsonObject()), 422, "invalid");

    var all = parts.parts(parts.ann, item.id()).getJsonArray("data");
    assertThat(all.stream().map(p -> ((JsonObject) p).getString("part_key")))
        .containsExactly("identity", "note-1", "note-1", "note-2");
    var seen = new JsonArray();
    String after = null;
    do {
      var page =
          after == null
              ? parts.parts(parts.ann, item.id(), "page[size]", "1")
              : parts.parts(parts.ann, item.id(), "page[size]", "1", "page[after]", after);
      seen.addAll(page.getJsonArray("data"));
      after = page.getJsonObject("page").getString("next");
    } while (after != null);
    assertThat(seen).isEqualTo(all);
    assertThat(
            parts
                .parts(
                    parts.ann,
                    item.id(),
                    "filter[status]",
                    "validated",
                    "filter[part_key]",
                    "note-1")
                .getJsonArray("data"))
        .hasSize(1);
    assertThat(parts.parts(parts.ann, item.id(), "filter[part_key]", "none").getJsonArray("data"))
        .isEmpty();
    for (var wrong : List.of("filter[status]", "page[size]", "page[after]", "filter[seq]")) {
      var answer =
          parts.api.get(
              parts.ann, "/items/" + item.id() + "/parts" + PartsFixture.query(wrong, "draft"));
      assertThat(answer.statusCode()).as(wrong).isEqualTo(400);
      assertThat(pointers(json(answer))).containsExactly(wrong);
    }
  }

  @Test
  void withoutViewOnlyTheHolderSeesTheParts() {
    var item = parts.leased();
    taken(parts.part(item, "identity", named("acme")));
    var may = List.of("work.checkout", "work.submit");
    var narrowBen = parts.api.token("default", "crew-narrow", may, null).secret();
    var path = "/items/" + item.id() + "/parts";

    refused(parts.api.get(narrowBen, path), 403, "forbidden");
    var blind = parts.api.token("default", "crew-blind", List.of("work.submit"), null).secret();
    refused(parts.api.get(blind, path), 403, "forbidden");
    var stranger = parts.api.token("other", "crew-other", List.of("work.view"), null).secret();
    refused(parts.api.get(stranger, path), 404, "not_found");
    parts.expire(item);
    var next = parts.checkout(narrowBen, item.order());
    assertThat(parts.parts(narrowBen, next.id()).getJsonArray("data")).hasSize(1);
  }

  @Test
  void aTypeTakesPartsOrNotAsItSays() {
    var whole =
        parts.checkout(
            parts.ann,
            parts.propose(
                "whole.type", new JsonObject().put("items", new JsonArray().add(fact(1)))));
    assertThat(whole.item().containsKey("parts_state")).isFalse();
    assertThat(parts.item(whole.id()).containsKey("parts_state")).isFalse();
    refused(parts.part(whole, "a", fact(1)), 422, "parts_not_taken");
    refused(parts.finish(whole, "strict"), 422, "parts_not_taken");

    var only = parts.checkout(parts.ann, parts.propose("only.type", new JsonObject()));
    var result = new JsonObject().put("result", new JsonObject());
    refused(parts.send(parts.ann, only.path("submit"), result), 422, "parts_only");
    taken(parts.finish(only, "strict"));

    var both = parts.leased();
    var submitted = new JsonObject().put("result", new JsonObject().put("identity", named("x")));
    taken(parts.send(parts.ann, both.path("submit"), submitted));
  }

  @Test
  void refusesARequestWithoutAKeyAndAPayloadThatIsNone() {
    var item = parts.leased();
    var body = new JsonObject().put("part_key", "identity").put("payload", named("acme"));
    refused(parts.api.post(parts.ann, item.path("parts"), body), 428, "idempotency_key_required");
    refused(
        parts.api.post(parts.ann, item.path("finalize"), new JsonObject()),
        428,
        "idempotency_key_required");
    for (var wrong :
        List.of(
            new JsonObject().put("payload", named("a")),
            new JsonObject().put("part_key", "identity"),
            body.copy().put("payload", new JsonArray()),
            body.copy().put("part_key", 1),
            body.copy().put("seq", -1),
            body.copy().put("seq", "1"),
            body.copy().put("evidence", "x"),
            body.copy().put("evidence", new JsonArray().add("x")),
            body.copy().put("evidence", new JsonArray().add(new JsonObject().put("bytes", "x"))),
            body.copy().put("notes", 1),
            body.copy().put("more", 1))) {
      refused(parts.part(item, wrong), 422, "invalid");
    }
    var label = new JsonArray().add(new JsonObject().put("media_type", 7));
    assertThat(
            pointers(
                refused(
                    parts.send(
                        parts.ann, item.path("finalize"), new JsonObject().put("evidence", label)),
                    422,
                    "invalid")))
        .containsExactly("/evidence/0/media_type");
    assertThat(parts.parts(parts.admin, item.id()).getJsonArray("data")).isEmpty();
  }

  @Test
  void aPlanWhoseRequiredPartsDoNotExistIsRefused() {
    var body =
        new JsonObject()
            .put("type", "parts.type")
            .put("payload", new JsonObject().put("needs", new JsonArray().add("unheard")));
    var problem = refused(parts.send(parts.admin, "/propose", body), 422, "invalid");
    assertThat(problem.getString("detail")).contains("no part with the key unheard");
  }

  @Test
  void evidenceIsHeldAgainstItsArtifacts() {
    var item = parts.checkout(parts.ann, parts.propose("proven.type", new JsonObject()));
    var named = new JsonObject().put("name", "report").put("sha256", Sha256.hex("nowhere"));
    var body =
        new JsonObject()
            .put("part_key", "a")
            .put("payload", fact(1))
            .put("evidence", new JsonArray().add(named));

    var problem = refused(parts.part(item, body), 422, "invalid");
    assertThat(pointers(problem)).allMatch(pointer -> pointer.startsWith("/evidence"));
    assertThat(problem.getJsonObject("part").getString("status")).isEqualTo("rejected");
    taken(parts.part(item, "a", fact(1)));
    var unproven = refused(parts.finish(item, "strict"), 422, "invalid");
    assertThat(pointers(unproven)).containsExactly("/evidence");
    // The parts are good: nobody is to be sent looking for what is wrong with them.
    assertThat(unproven.getString("detail"))
        .isEqualTo("The evidence of item %s does not satisfy proven.type".formatted(item.id()));
    assertThat(unproven.getJsonArray("next_actions"))
        .containsExactly(
            "Upload what the evidence names with PUT /artifacts/{sha256}, and name it there",
            "Correct the evidence, then finalize again; the lease is still yours");
    assertThat(parts.item(item.id()).getString("state")).isEqualTo("in_progress");
  }

  @Test
  void aTypeInJavaHasItsSay() {
    parts.api.engine.type(new Counted());
    var item = parts.checkout(parts.ann, parts.propose("java.parts", new JsonObject()));
    assertThat(item.item().getJsonArray("parts_required")).containsExactly("total");

    assertThat(pointers(refused(parts.part(item, "row", fact(-1)), 422, "invalid")))
        .containsExactly("/payload/n");
    taken(parts.part(item, "row", fact(2)));
    taken(parts.part(item, "row", fact(3)));
    taken(parts.part(item, "total", fact(6)));
    assertThat(pointers(refused(parts.finish(item, "strict"), 422, "invalid")))
        .containsExactly("/result/total");
    taken(parts.part(item, "total", fact(5)));
    taken(parts.finish(item, "strict"));

    assertThat(parts.item(item.id()).getJsonObject("result"))
        .isEqualTo(new JsonObject().put("sum", 5).put("total", 5));
  }

  /** Rows and what they must add up to. */
  private static final class Counted extends AbstractOrderType {
    private final PartsSpec spec =
        PartsSpec.of(this, Key.of("row").chunks(), Key.of("total").asRequired());

    @Override
    public String name() {
      return "java.parts";
    }

    @Override
    public JsonObject schema() {
      return new JsonObject();
    }

    @Override
    public JsonObject resultSchema() {
      return new JsonObject().put("required", new JsonArray().add("sum"));
    }

    @Override
    public PartsSpec parts() {
      return spec;
    }

    @Override
    public List<Violation> validatePart(OrderView order, ItemView item, Part part) {
      int n = part.payload().getInteger("n");
      part.payload().clear();
      return n >= 0 ? List.of() : List.of(new Violation("/n", "negative", "must not be negative"));
    }

    @Override
    public JsonObject assemble(OrderView order, ItemView item, List<Part> parts) {
      var result = new JsonObject().put("sum", 0);
      for (var part : parts) {
        int n = part.payload().getInteger("n");
        if (part.key().equals("row")) {
          result.put("sum", result.getInteger("sum") + n);
        } else {
          result.put("total", n);
        }
      }
      return result;
    }

    @Override
    protected List<Violation> afterValidateSubmission(
        OrderView order, ItemView item, JsonObject result) {
      return result.getInteger("sum").equals(result.getInteger("total"))
          ? List.of()
          : List.of(new Violation("/total", "wrong_total", "is not the sum"));
    }

    @Override
    public Diff apply(Context context) {
      return emptyDiff("nothing");
    }
  }

  @Test
  void partsGoWithTheirItem() {
    var item = parts.leased();
    taken(parts.part(item, "identity", named("acme")));
    db.execute("delete from work_orders where id = $1", item.order());
    assertThat(db.<Long>value("select count(*) from work_item_parts where item_id = $1", item.id()))
        .isZero();
  }
}
