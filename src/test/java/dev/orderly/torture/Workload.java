package dev.orderly.torture;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The order types of a run, and their limits. */
final class Workload {
  static final String AUTO = "torture.auto";
  static final String MANUAL = "torture.manual";

  /** Its items stand in the same queues as the others'. */
  static final String LIMITED = "torture.limited";

  static final List<String> QUEUES =
      List.of("torture.q0", "torture.q1", "torture.q2", "torture.q3");

  /** How long leases live. */
  static final Duration TTL = Duration.ofSeconds(2);

  /** The same if heartbeats may stay in Redis: only those of leases that last do. */
  static final Duration REDIS_TTL = Duration.ofSeconds(5);

  /** Where applied changes are counted: a row for each. */
  static final String TABLE = "torture_applied";

  /** Live leases of the limited type, and among its items of one customer, and of any agent. */
  static final int TYPE_LEASES = 4;

  static final int KEY_LEASES = 2;
  static final int AGENT_LEASES = 5;

  /** Of the limited type. */
  static final int CHECKOUTS_PER_SECOND = 4;

  private static final String LIMITS =
      """
      limits:
        leases: %d
        checkouts_per_second: %d
        key: item.input.customer
        leases_per_key: %d
        fair: true
      """
          .formatted(TYPE_LEASES, CHECKOUTS_PER_SECOND, KEY_LEASES);

  private static final String TYPE =
      """
      type: %s
      version: 1
      payload:
        type: object
        required: [name, items, attempts]
        properties:
          name: { type: string }
          items: { type: integer, minimum: 1 }
          attempts: { type: integer, minimum: 1 }
      plan: |
        [0..order.payload.items - 1].{
          "type": "torture.q" & $string($ %% 4),
          "input": {"number": $, "customer": "c" & $string($ %% 3)},
          "max_attempts": $$.order.payload.attempts
        }
      submission: { schema: { type: object, required: [by] } }
      approval: { mode: %s }
      apply:
        sql:
          setup: [ "create table if not exists %s (order_id text not null)" ]
          steps:
            - name: count
              params: { id: order.id }
              statement: insert into %s values (:id)
          diff:
            before: { value: '{}' }
            after: { value: '{"counted": 1}' }
      lease: { ttl_seconds: %d, heartbeat_every_seconds: 1 }
      retry: { max_attempts: 100, backoff_seconds: 1, max_backoff_seconds: 1, jitter_seconds: 0 }
      """;

  private Workload() {}

  static void write(Path directory, Duration ttl) throws IOException {
    Files.createDirectories(directory);
    write(directory, AUTO, "auto", ttl, "");
    write(directory, MANUAL, "manual", ttl, "");
    write(directory, LIMITED, "auto", ttl, LIMITS);
  }

  private static void write(
      Path directory, String type, String approval, Duration ttl, String limits)
      throws IOException {
    Files.writeString(
        directory.resolve(type + ".type.yaml"),
        TYPE.formatted(type, approval, TABLE, TABLE, ttl.toSeconds()) + limits);
  }

  /** What limits go by: the order type of an item, and its customer. */
  static String about(JsonObject item) {
    return item.getString("order_type") + " " + item.getJsonObject("input").getString("customer");
  }

  /**
   * What the limits say, as rules.
   *
   * @param ofAgents whether agents have a limit
   */
  static List<Rule> limits(boolean ofAgents) {
    var rules = new ArrayList<Rule>();
    rules.add(
        LeaseRules.limit(
            "of a type", TYPE_LEASES, hold -> isLimited(hold.about()) ? LIMITED : null));
    rules.add(LeaseRules.limit("of a key", KEY_LEASES, Workload::key));
    if (ofAgents) {
      rules.add(LeaseRules.limit("of an agent", AGENT_LEASES, Holds.Hold::agent));
    }
    rules.add(new RateRule("of a type", CHECKOUTS_PER_SECOND, entry -> isLimited(entry.detail())));
    return rules;
  }

  static String key(Holds.Hold hold) {
    return isLimited(hold.about()) ? hold.about() : null;
  }

  static boolean isLimited(String about) {
    return about != null && about.startsWith(LIMITED + " ");
  }
}
