package dev.orderly.state.submit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
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

  private static IdempotencyKey otherBody(LeasedItem item, String key) {
    return Engine.key("submit:" + item.id(), key, "02");
  }

  /**
   * With the order's other item, after that was submitted too: the order stays in progress then.
   */
  private static LeasedItem sentBack(UUID order, LeasedItem item) {
    engine.submit(engine.checkout("a", order));
    engine.reject(order, true);
    var first = engine.checkout("a", order);
    return first.id().equals(item.id()) ? first : engine.checkout("a", order);
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

    var refusal = Engine.refusal(() -> engine.submit(item, OK, otherBody(item, "k")));

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
  void answersAgainThatTheLastItemSubmittedItsOrder() {
    var order = order("last");
    var before = engine.checkout("a", order);
    var keyBefore = key(before, "j");
    engine.submit(before, OK, keyBefore);
    var last = engine.checkout("a", order);
    var key = key(last, "k");

    var first = engine.submit(last, OK, key);
    var second = engine.submit(last, OK, key);

    assertThat(first.body().getString("order_state")).isEqualTo("submitted");
    assertThat(second.replayed()).isTrue();
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(keptApart(key)).isZero();
    assertThat(engine.submit(before, OK, keyBefore).body().getString("order_state"))
        .as("that of an item before it stays")
        .isEqualTo("in_progress");
  }

  @Test
  void thatAnItemSubmittedItsOrderIsToldWhenItIsSubmittedAnewToo() {
    var order = order("last-anew");
    engine.submit(engine.checkout("a", order));
    var last = engine.checkout("a", order);
    var key = key(last, "k");
    engine.submit(last, OK, key);
    engine.reject(order, true);
    var anew = engine.checkout("a", order);
    anew = anew.id().equals(last.id()) ? anew : engine.checkout("a", order);
    var second = engine.submit(anew, OK, key(anew, "l"));

    assertThat(second.body().getString("order_state")).isEqualTo("in_progress");
    assertThat(engine.submit(anew, OK, key).body().getString("order_state")).isEqualTo("submitted");
    assertThat(engine.submit(anew, OK, key(anew, "l")).body()).isEqualTo(second.body());
  }

  @Test
  void answersAsBeforeWhenTheItemIsLeasedAnew() {
    var order = order("leased-anew");
    var item = engine.checkout("a", order);
    var key = key(item, "k");
    var answer = engine.submit(item, OK, key);
    var anew = sentBack(order, item);

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
    var firstAnswer = engine.submit(item, OK, first);
    var anew = sentBack(order, item);

    var answer = engine.submit(anew, OK, next);
    var firstAgain = engine.submit(item, OK, first);
    var nextAgain = engine.submit(anew, OK, next);

    assertThat(answer.replayed()).isFalse();
    assertThat(firstAgain.replayed()).isTrue();
    assertThat(firstAgain.body()).isEqualTo(firstAnswer.body());
    assertThat(Engine.refusal(() -> engine.submit(item, OK, otherBody(item, "first"))).code())
        .isEqualTo(ErrorCode.IDEMPOTENCY_MISMATCH);
    assertThat(nextAgain.replayed()).isTrue();
    assertThat(nextAgain.body()).isEqualTo(answer.body());
  }

  @Test
  void aKeyOfAnEarlierResultHasNoSecondEffect() {
    var order = order("no-second");
    var item = engine.checkout("a", order);
    var key = key(item, "k");
    engine.submit(item, OK, key);
    var anew = sentBack(order, item);

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
    engine.submit(item, OK, key);
    engine.submit(sentBack(order, item));
    var third = sentBack(order, item);

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

  @Test
  void saysAgainWhichAttemptItWas() {
    var order = order("second-try");
    var first = engine.checkout("a", order);
    engine.fail(first, true);
    var item = engine.checkout("a", order);
    var key = key(item, "k");
    var answer = engine.submit(item, OK, key);
    var anew = sentBack(order, item);

    var again = engine.submit(item, OK, key);

    assertThat(item.id()).isEqualTo(first.id());
    assertThat(answer.body().getJsonObject("item").getInteger("attempts")).isEqualTo(1);
    assertThat(anew.attempt()).isEqualTo(1);
    assertThat(again.body()).isEqualTo(answer.body());
  }

  @Test
  void aKeyFromBeforeThereWereReceiptsHasNoSecondEffect() {
    var order = order("from-before");
    var item = engine.checkout("a", order);
    var key = key(item, "k");
    engine.submit(item, OK, key);
    db.execute(
        """
        with old as (
          update work_items set receipt_key = null, receipt_body = null, receipt_fence = null,
            receipt_attempts = null where id = $1)
        insert into idempotency_keys (key_hash, body_hash, status, body, expires_at)
        values ($2, $3, 202, '{"from":"before"}', now() + interval '1 hour')
        """,
        item.id(),
        key.digest(),
        key.bodyDigest());
    var anew = sentBack(order, item);

    var again = engine.submit(anew, OK, key);

    assertThat(again.replayed()).isTrue();
    assertThat(again.body().getString("from")).isEqualTo("before");
    assertThat(engine.itemState(item.id())).isEqualTo("leased");
  }

  @Test
  void repeatsAtTheSameMomentHaveOneEffect() {
    var item = engine.checkout("a", order("same-moment"));
    var key = key(item, "k");
    var calls = new ArrayList<Future<Answer>>();
    for (int i = 0; i < 10; i++) {
      calls.add(engine.submitLater("a", item.id(), Engine.proof(item), OK, key));
    }

    var answers = calls.stream().map(TestDatabase::await).toList();

    assertThat(answers.stream().filter(answer -> !answer.replayed())).hasSize(1);
    assertThat(answers.stream().map(answer -> answer.body().encode()).distinct()).hasSize(1);
    assertThat(engine.events("item_id", item.id()).stream().filter("submitted"::equals)).hasSize(1);
  }
}
