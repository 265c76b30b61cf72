package dev.orderly.state.submit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.LeasedItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Results that are sent again, of orders whose work goes on: their keys stand in the items' rows.
 */
class ReceiptsTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final JsonObject OK = new JsonObject().put("ok", true);

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = new Engine(db);
  }

  private static UUID order(String type) {
    engine.type(new TestType(type));
    return engine.propose(type, 2);
  }

  private static IdempotencyKey key(LeasedItem item, String key) {
    return Engine.key("submit:" + item.id(), key, "01");
  }

  private static long keptApart(IdempotencyKey key) {
    return db.value("select count(*) from idempotency_keys where key_hash = $1", key.digest());
  }

  /** The order's two items submitted, the first of them with a key, and the first sent back. */
  private static LeasedItem sentBack(UUID order, LeasedItem item, IdempotencyKey key) {
    engine.submit(item, OK, key);
    engine.submit(engine.checkout("a", order));
    engine.reject(order, true, item.id());
    return engine.checkout("a", order);
  }

  @Test
  void answersAgainFromTheItemsRow() {
    var order = order("again");
    var item = engine.checkout("a", order);
    var key = key(item, "k");

    var first = engine.submit(item, OK, key);
    var second = engine.submit(item, OK, key);

    assertThat(second.replayed()).isTrue();
    assertThat(second.status()).isEqualTo(202);
    assertThat(second.body().encode()).isEqualTo(first.body().encode());
    assertThat(first.body().getString("order_state")).isEqualTo("in_progress");
    assertThat(keptApart(key)).isZero();
  }

  @Test
  void refusesAKeyThatWasUsedForAnotherBody() {
    var item = engine.checkout("a", order("other-body"));
    engine.submit(item, OK, key(item, "k"));

    var refusal =
        Engine.refusal(() -> engine.submit(item, OK, Engine.key("submit:" + item.id(), "k", "02")));

    assertThat(refusal.code()).isEqualTo(ErrorCode.IDEMPOTENCY_MISMATCH);
  }

  @Test
  void refusesAnotherKeyOnceTheResultIsThere() {
    var item = engine.checkout("a", order("other-key"));
    engine.submit(item, OK, key(item, "k"));

    var refusal = Engine.refusal(() -> engine.submit(item, OK, key(item, "l")));

    assertThat(refusal.code()).isEqualTo(ErrorCode.STATE_CONFLICT);
  }

  @Test
  void keepsTheAnswerOfTheLastItemApartAsItTellsOfAnotherState() {
    var order = order("last");
    engine.submit(engine.checkout("a", order));
    var last = engine.checkout("a", order);
    var key = key(last, "k");

    var first = engine.submit(last, OK, key);
    var second = engine.submit(last, OK, key);

    assertThat(first.body().getString("order_state")).isEqualTo("submitted");
    assertThat(second.replayed()).isTrue();
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(keptApart(key)).isEqualTo(1);
  }

  @Test
  void answersAsBeforeWhenTheItemIsLeasedAnew() {
    var order = order("leased-anew");
    var item = engine.checkout("a", order);
    var key = key(item, "k");
    engine.submit(item, OK, key);
    var answer = engine.submit(item, OK, key);
    engine.submit(engine.checkout("a", order));
    engine.reject(order, true, item.id());
    var anew = engine.checkout("a", order);

    var again = engine.submit(item, OK, key);

    assertThat(anew.lease().fence()).isGreaterThan(item.lease().fence());
    assertThat(again.replayed()).isTrue();
    assertThat(again.body()).isEqualTo(answer.body());
    assertThat(engine.itemState(item.id())).isEqualTo("leased");
  }

  @Test
  void theAnswerToAnEarlierResultOutlivesTheNext() {
    var order = order("outlived");
    var item = engine.checkout("a", order);
    var first = key(item, "first");
    var next = key(item, "next");
    var anew = sentBack(order, item, first);
    var fence = anew.lease().fence();

    var answer = engine.submit(anew, OK, next);
    var firstAgain = engine.submit(item, OK, first);
    var nextAgain = engine.submit(anew, OK, next);

    assertThat(answer.replayed()).isFalse();
    assertThat(firstAgain.replayed()).isTrue();
    assertThat(firstAgain.body().getJsonObject("item").getLong("fence")).isEqualTo(fence - 1);
    assertThat(nextAgain.replayed()).isTrue();
    assertThat(nextAgain.body()).isEqualTo(answer.body());
  }

  @Test
  void aKeyOfAnEarlierResultHasNoSecondEffect() {
    var order = order("no-second");
    var item = engine.checkout("a", order);
    var key = key(item, "k");
    var anew = sentBack(order, item, key);

    var again = engine.submit(anew, OK, key);

    assertThat(again.replayed()).isTrue();
    assertThat(engine.itemState(item.id())).isEqualTo("leased");
    assertThat(engine.events("item_id", item.id()).stream().filter("submitted"::equals)).hasSize(1);
  }

  @Test
  void aKeyOfAnEarlierResultHasNoSecondEffectThoughOneWithoutAKeyCameBetween() {
    var order = order("in-between");
    var item = engine.checkout("a", order);
    var key = key(item, "k");
    engine.submit(sentBack(order, item, key));
    engine.reject(order, true, item.id());
    var third = engine.checkout("a", order);

    var again = engine.submit(third, OK, key);

    assertThat(again.replayed()).isTrue();
    assertThat(engine.itemState(item.id())).isEqualTo("leased");
  }

  @Test
  void forgetsAnAnswerWhoseTimeIsOver() {
    var item = engine.checkout("a", order("forgotten"));
    engine.submit(item, OK, key(item, "k"));
    db.execute(
        "update work_items set submitted_at = now() - interval '25 hours' where id = $1",
        item.id());

    var refusal = Engine.refusal(() -> engine.submit(item, OK, key(item, "k")));

    assertThat(refusal.code()).isEqualTo(ErrorCode.STATE_CONFLICT);
  }
}
