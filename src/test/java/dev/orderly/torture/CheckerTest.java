package dev.orderly.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.Sha256;
import dev.orderly.torture.Entry.Op;
import dev.orderly.torture.History.Event;
import dev.orderly.torture.History.Item;
import dev.orderly.torture.History.Order;
import dev.orderly.torture.History.Outage;
import dev.orderly.torture.Rule.Broken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each rule, by histories that it must refuse and their neighbours that it must not. */
class CheckerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MICROS = 1_000_000L;
  private static final String RESULT = "{\"by\":\"ann\"}";

  private final List<Entry> ledger = new ArrayList<>();
  private final List<Event> events = new ArrayList<>();
  private final Map<String, Item> items = new HashMap<>();
  private final Map<String, Order> orders = new HashMap<>();
  private final Map<String, Integer> applied = new HashMap<>();
  private final List<Outage> outages = new ArrayList<>();
  private final List<Rule> limits = new ArrayList<>();
  private boolean written = true;
  private long readAt;

  @Test
  void acceptsAWholeLife() {
    order("o", "first", "completed");
    applied.put("o", 1);
    entry(Op.PROPOSE, "ann", null, 0, 201, 1, 2, 0, "first");
    lease("ann", "i", 1, 3, 4, 6);
    entry(Op.HEARTBEAT, "ann", "i", 1, 200, 5, 5, 7, null);
    entry(Op.SUBMIT, "ann", "i", 1, 202, 6, 7, 0, RESULT);
    item("i", "submitted", 1, 0, RESULT);
    move("i", "leased", "queued", "leased", 1, 4);
    move("i", "in_progress", "leased", "in_progress", 1, 5);
    submitted("i", 1, RESULT);
    orderMoves("queued", "checked_out", "in_progress", "submitted", "approved", "applied");
    orderMoves("applied", "completed");
    assertThat(broken()).isEmpty();
  }

  @Test
  void refusesTwoHoldersAtOneTime() {
    lease("ann", "i", 1, 1, 2, 10);
    lease("bob", "i", 2, 5, 6, 16);
    assertThat(rules()).contains("one holder");
  }

  @Test
  void refusesASecondHolderBeforeAHeartbeatsPromiseIsOver() {
    lease("ann", "i", 1, 1, 2, 4);
    entry(Op.HEARTBEAT, "ann", "i", 1, 200, 3, 3, 10, null);
    lease("bob", "i", 2, 5, 6, 16);
    assertThat(rules()).contains("one holder");
  }

  @Test
  void refusesASecondHolderHiddenByALongerLease() {
    lease("ann", "i", 1, 1, 2, 20);
    lease("bob", "i", 2, 3, 4, 5);
    lease("cem", "i", 3, 6, 7, 9);
    assertThat(rules().stream().filter("one holder"::equals)).hasSize(2);
  }

  @Test
  void acceptsTheNextHolderAfterTheLapse() {
    lease("ann", "i", 1, 1, 2, 4);
    lease("bob", "i", 2, 3, 5, 9);
    assertThat(rules()).doesNotContain("one holder");
  }

  /** The release may have taken effect, whatever its caller was told. */
  @Test
  void acceptsTheNextHolderAfterAnEndWasAskedFor() {
    lease("ann", "i", 1, 1, 2, 10);
    entry(Op.RELEASE, "ann", "i", 1, Entry.ASKING, 3, 0, 0, null);
    lease("bob", "i", 2, 3, 4, 16);
    assertThat(rules()).doesNotContain("one holder");
  }

  @Test
  void refusesTwoHoldersThoughAnEndOfAnEarlierLeaseWasAskedFor() {
    entry(Op.RELEASE, "ann", "i", 1, 200, 1, 1, 0, null);
    lease("ann", "i", 2, 2, 3, 10);
    lease("bob", "i", 3, 4, 5, 16);
    assertThat(rules()).contains("one holder");
  }

  @Test
  void refusesAFenceThatFalls() {
    lease("ann", "i", 2, 1, 2, 3);
    lease("bob", "i", 1, 4, 5, 6);
    assertThat(rules()).contains("fences rise");
  }

  @Test
  void refusesAFenceGivenTwice() {
    lease("ann", "i", 1, 1, 4, 5);
    lease("bob", "i", 1, 1, 6, 7);
    assertThat(rules()).contains("fences rise");
  }

  @Test
  void acceptsFencesInAnyOrderWhileBothWereAskedFor() {
    lease("ann", "i", 2, 1, 5, 6);
    lease("bob", "i", 1, 1, 4, 5);
    assertThat(rules()).doesNotContain("fences rise");
  }

  @Test
  void refusesAWriteOfAHolderThatLostItsLease() {
    lease("ann", "i", 1, 1, 2, 3);
    lease("bob", "i", 2, 4, 5, 9);
    entry(Op.SUBMIT, "ann", "i", 1, 202, 6, 7, 0, RESULT);
    assertThat(rules()).contains("lost holders change nothing");
  }

  @Test
  void acceptsThatALostHolderIsRefused() {
    lease("ann", "i", 1, 1, 2, 3);
    lease("bob", "i", 2, 4, 5, 9);
    entry(Op.SUBMIT, "ann", "i", 1, 409, 6, 7, 0, RESULT);
    assertThat(rules()).doesNotContain("lost holders change nothing");
  }

  @Test
  void refusesAnAcknowledgedSubmitThatIsGone() {
    entry(Op.SUBMIT, "ann", "i", 1, 202, 1, 2, 0, RESULT);
    assertThat(rules()).contains("answers are kept");
  }

  @Test
  void refusesASubmitThatIsThereTwice() {
    entry(Op.SUBMIT, "ann", "i", 1, 202, 1, 2, 0, RESULT);
    submitted("i", 1, RESULT);
    submitted("i", 1, RESULT);
    assertThat(rules()).contains("once");
  }

  @Test
  void refusesALeaseThatWasGivenAndNeverWritten() {
    entry(Op.CHECKOUT, "ann", "i", 1, 200, 1, 2, 3, null);
    assertThat(rules()).contains("answers are kept");
  }

  @Test
  void acceptsASubmitWithoutAnAnswerWhetherOrNotItIsThere() {
    entry(Op.SUBMIT, "ann", "i", 1, Api.NO_ANSWER, 1, 2, 0, RESULT);
    entry(Op.SUBMIT, "ann", "j", 1, Api.NO_ANSWER, 1, 2, 0, RESULT);
    submitted("j", 1, RESULT);
    assertThat(rules()).doesNotContain("answers are kept", "once", "results are kept");
  }

  @Test
  void refusesAnotherResultThanTheAcknowledgedOne() {
    entry(Op.SUBMIT, "ann", "i", 1, 202, 1, 2, 0, RESULT);
    submitted("i", 1, RESULT);
    item("i", "submitted", 1, 0, "{\"by\":\"bob\"}");
    assertThat(rules()).contains("results are kept");
  }

  @Test
  void refusesAResultThatWasWrittenAsAnother() {
    entry(Op.SUBMIT, "ann", "i", 1, 202, 1, 2, 0, RESULT);
    submitted("i", 1, "{}");
    item("i", "queued", 1, 0, null);
    assertThat(rules()).contains("results are kept");
  }

  @Test
  void refusesAnAcknowledgedProposalThatIsGone() {
    entry(Op.PROPOSE, "ann", null, 0, 201, 1, 2, 0, "first");
    assertThat(rules()).contains("proposals");
  }

  @Test
  void refusesAProposalThatBecameTwoOrders() {
    order("o", "first", "queued");
    order("p", "first", "queued");
    assertThat(rules()).contains("proposals");
  }

  @Test
  void refusesAChangeMadeTwice() {
    order("o", "first", "completed");
    applied.put("o", 2);
    assertThat(rules()).contains("applied once");
  }

  @Test
  void refusesAChangeNeverMade() {
    order("o", "first", "applied");
    assertThat(rules()).contains("applied once");
  }

  @Test
  void refusesAChangeOfAnOrderThatWasNotApplied() {
    order("o", "first", "approved");
    applied.put("o", 1);
    assertThat(rules()).contains("applied once");
  }

  @Test
  void refusesATransitionThatIsInNoTable() {
    item("i", "submitted", 1, 0, RESULT);
    move("i", "submitted", "queued", "submitted", 1, 1);
    assertThat(rules()).contains("legal transitions");
  }

  @Test
  void refusesATransitionFromWhereTheItemIsNot() {
    item("i", "queued", 1, 0, null);
    move("i", "released", "leased", "queued", 1, 1);
    assertThat(rules()).contains("legal transitions");
  }

  @Test
  void refusesAStateThatNoEventLedTo() {
    item("i", "leased", 1, 0, null);
    assertThat(rules()).contains("legal transitions");
  }

  @Test
  void refusesAnOrdersIllegalTransition() {
    order("o", "first", "approved");
    orderMoves("queued", "approved");
    assertThat(rules()).contains("legal transitions");
  }

  @Test
  void refusesALeaseTakenBackTooLate() {
    given("i", 1, 10);
    expired("i", 1, 14, 0);
    assertThat(rules()).contains("reclaim");
  }

  @Test
  void refusesALeaseTakenBackTooEarly() {
    given("i", 1, 10);
    expired("i", 1, 9, 0);
    assertThat(rules()).contains("reclaim");
  }

  @Test
  void refusesALeaseTakenBackTooEarlyAfterAHeartbeat() {
    given("i", 1, 10);
    expired("i", 1, 11, 10);
    assertThat(rules()).contains("reclaim");
  }

  @Test
  void refusesALapsedLeaseThatNobodyTookBack() {
    item("i", "queued", 1, 10 * MICROS, null);
    readAt = 14 * MICROS;
    assertThat(rules()).contains("reclaim");
  }

  @Test
  void acceptsALeaseTakenBackBeforeTheNextSweepIsOver() {
    given("i", 1, 10);
    expired("i", 1, 13, 0);
    given("j", 1, 10);
    expired("j", 1, 13, 10);
    assertThat(rules()).doesNotContain("reclaim");
  }

  @Test
  void excusesWhatAFaultHeldUpOnce() {
    outages.add(new Outage("a", 11 * MICROS, 14 * MICROS, true));
    outages.add(new Outage("b", 12 * MICROS, 13 * MICROS, true));
    given("i", 1, 10);
    expired("i", 1, 16, 0);
    assertThat(rules()).doesNotContain("reclaim");
    given("j", 1, 10);
    expired("j", 1, 17, 0);
    assertThat(rules()).contains("reclaim");
  }

  @Test
  void refusesMoreLeasesThanALimitAllows() {
    limits.add(LeaseRules.limit("per agent", 2, Holds.Hold::agent));
    lease("ann", "i", 1, 1, 2, 10);
    lease("ann", "j", 1, 1, 3, 10);
    assertThat(rules()).doesNotContain("limit per agent");
    lease("ann", "k", 1, 1, 4, 10);
    assertThat(rules()).contains("limit per agent");
  }

  @Test
  void acceptsAsManyLeasesAsALimitAllowsAtOneTime() {
    limits.add(LeaseRules.limit("per agent", 2, Holds.Hold::agent));
    lease("ann", "i", 1, 1, 2, 3);
    lease("ann", "j", 1, 1, 2, 10);
    lease("ann", "k", 1, 1, 4, 10);
    lease("bob", "l", 1, 1, 4, 10);
    assertThat(rules()).doesNotContain("limit per agent");
  }

  @Test
  void refusesMoreCheckoutsThanARateAllows() {
    limits.add(new RateRule("of a type", 2, entry -> true));
    lease("ann", "i", 1, 1, 1, 10);
    lease("ann", "j", 1, 1, 2, 10);
    lease("ann", "k", 1, 1, 2, 10);
    lease("ann", "l", 1, 2, 2, 10);
    assertThat(rules()).doesNotContain("rate of a type");
    lease("ann", "m", 1, 1, 2, 10);
    assertThat(rules()).contains("rate of a type");
  }

  @Test
  void acceptsCheckoutsThatMayHaveComeLater() {
    limits.add(new RateRule("of a type", 1, entry -> !"free".equals(entry.detail())));
    lease("ann", "i", 1, 1, 2, 10);
    lease("ann", "j", 1, 1, 2, 10);
    lease("ann", "k", 1, 1, 3, 10);
    entry(Op.CHECKOUT, "ann", "l", 1, 200, 1, 1, 3, "free");
    entry(Op.CHECKOUT, "ann", "m", 1, Api.NO_ANSWER, 1, 1, 0, null);
    assertThat(rules()).doesNotContain("rate of a type");
  }

  @Test
  void acceptsTheNextHolderAfterAnEndThatNamedOnlyTheItem() {
    lease("ann", "i", 2, 1, 2, 10);
    bare(Op.RELEASE, "ann", "i", 1, Entry.ASKING, 3, 0, 0);
    lease("bob", "i", 3, 3, 4, 16);
    assertThat(rules()).doesNotContain("one holder");
  }

  @Test
  void refusesTwoHoldersOfWhomAnotherAgentsEndNamedOnlyTheItem() {
    lease("ann", "i", 2, 1, 2, 10);
    bare(Op.RELEASE, "cem", "i", 1, Entry.ASKING, 3, 0, 0);
    lease("bob", "i", 3, 3, 4, 16);
    assertThat(rules()).contains("one holder");
  }

  @Test
  void refusesASecondHolderBesideAHeartbeatThatNamedOnlyTheItem() {
    lease("ann", "i", 1, 1, 2, 3);
    bare(Op.HEARTBEAT, "ann", "i", 1, 200, 3, 4, 8);
    lease("bob", "i", 4, 5, 6, 16);
    assertThat(rules()).contains("one holder");
  }

  /** Ann was given fence 3 and never told: the heartbeat was for that. */
  @Test
  void acceptsAHeartbeatThatNamedOnlyTheItemForALaterLease() {
    lease("ann", "i", 1, 1, 2, 3);
    lease("bob", "i", 2, 3, 4, 5);
    bare(Op.HEARTBEAT, "ann", "i", 1, 200, 6, 7, 9);
    lease("ann", "i", 4, 6, 8, 16);
    assertThat(rules()).doesNotContain("one holder", "others change nothing");
  }

  @Test
  void refusesAWriteThatNamedOnlyTheItemWhileSomebodyElseHadIt() {
    lease("bob", "i", 1, 1, 2, 10);
    bare(Op.SUBMIT, "ann", "i", 1, 202, 3, 4, 0);
    assertThat(rules()).contains("others change nothing");
  }

  @Test
  void acceptsAWriteThatNamedOnlyTheItemIfTheOtherMayHaveComeLater() {
    lease("bob", "i", 2, 1, 4, 10);
    bare(Op.SUBMIT, "ann", "i", 1, 202, 3, 5, 0);
    bare(Op.SUBMIT, "cem", "i", 1, 409, 6, 7, 0);
    assertThat(rules()).doesNotContain("others change nothing");
  }

  @Test
  void refusesAnAcknowledgedReleaseThatNamedOnlyTheItemAndIsGone() {
    bare(Op.RELEASE, "ann", "i", 2, 200, 1, 2, 0);
    event("i", "released", "leased", "queued", 1, 1, 0, 0, null);
    assertThat(rules()).contains("answers are kept");
    event("i", "released", "leased", "queued", 3, 2, 0, 0, null);
    assertThat(rules()).doesNotContain("answers are kept");
  }

  @Test
  void refusesThatALostLeaseIsAttached() {
    lease("bob", "i", 2, 1, 2, 10);
    entry(Op.ATTACH, "ann", "i", 1, 200, 3, 4, 9, null);
    assertThat(rules()).contains("lost holders change nothing");
  }

  @Test
  void refusesThatALeaseIsCalledLostWhichIsNot() {
    lease("ann", "i", 1, 1, 2, 5);
    entry(Op.LOST, "ann", "i", 1, 200, 5, 5, 0, "expired");
    assertThat(rules()).doesNotContain("losses are true");
    entry(Op.LOST, "ann", "i", 1, 200, 4, 4, 0, "expired");
    assertThat(rules()).contains("losses are true");
  }

  @Test
  void acceptsThatHeartbeatsInRedisExtendNothing() {
    written = false;
    given("i", 1, 10);
    expired("i", 1, 11, 10);
    given("j", 1, 10);
    expired("j", 1, 15, 10);
    assertThat(rules()).doesNotContain("reclaim");
  }

  @Test
  void refusesALeaseTakenBackTooEarlyOrLateWithHeartbeatsInRedis() {
    written = false;
    given("i", 1, 10);
    expired("i", 1, 9, 8);
    given("j", 1, 10);
    expired("j", 1, 16, 10);
    assertThat(rules().stream().filter("reclaim"::equals)).hasSize(2);
  }

  @Test
  void doesNotExcuseWhatMustNotHoldUpWork() {
    outages.add(new Outage("a", 11 * MICROS, 14 * MICROS, false));
    given("i", 1, 10);
    expired("i", 1, 14, 0);
    assertThat(rules()).contains("reclaim");
  }

  private List<Broken> broken() {
    var reclaim =
        new ReclaimRule(
            Duration.ofSeconds(2), written, Duration.ofSeconds(2), Duration.ofSeconds(1));
    return new Checker(reclaim, limits)
        .check(new History(ledger, events, items, orders, applied, outages, readAt));
  }

  private List<String> rules() {
    return broken().stream().map(Broken::rule).toList();
  }

  private void lease(String agent, String item, long fence, long sent, long read, long expires) {
    entry(Op.CHECKOUT, agent, item, fence, 200, sent, read, expires, null);
  }

  private void entry(
      Op op,
      String agent,
      String item,
      long fence,
      int status,
      long sent,
      long read,
      long expires,
      String detail) {
    ledger.add(
        new Entry(
            op,
            agent,
            item,
            "o",
            fence,
            status,
            sent * SECOND,
            read * SECOND,
            expires * SECOND,
            detail,
            false));
  }

  private void bare(
      Op op, String agent, String item, long fence, int status, long sent, long read, long until) {
    ledger.add(
        new Entry(
            op,
            agent,
            item,
            "o",
            fence,
            status,
            sent * SECOND,
            read * SECOND,
            until * SECOND,
            op == Op.SUBMIT ? RESULT : null,
            true));
  }

  private void item(String id, String state, long fence, long expires, String result) {
    items.put(id, new Item(id, "o", state, fence, expires, null, result));
  }

  private void order(String id, String name, String state) {
    orders.put(id, new Order(id, name, state));
    if (!state.equals("queued") && !id.equals("o")) {
      throw new IllegalArgumentException("only o has moves");
    }
  }

  private void move(String item, String type, String from, String to, long fence, long at) {
    event(item, type, from, to, fence, at, 0, 0, null);
  }

  private void submitted(String item, long fence, String result) {
    event(item, "submitted", "in_progress", "submitted", fence, 6, 0, 0, Sha256.hex(result));
  }

  private void given(String item, long fence, long expires) {
    event(item, "leased", "queued", "leased", fence, 8, expires, 0, null);
  }

  private void expired(String item, long fence, long at, long lastHeartbeat) {
    event(item, "lease_expired", "leased", "queued", fence, at, 0, lastHeartbeat, null);
  }

  private void orderMoves(String... states) {
    for (int i = 1; i < states.length; i++) {
      event(null, states[i], states[i - 1], states[i], 0, i, 0, 0, null);
    }
  }

  private void event(
      String item,
      String type,
      String from,
      String to,
      long fence,
      long at,
      long expires,
      long lastHeartbeat,
      String digest) {
    events.add(
        new Event(
            events.size(),
            "o",
            item,
            type,
            from,
            to,
            fence,
            at * MICROS,
            expires * MICROS,
            lastHeartbeat * MICROS,
            digest));
  }
}
