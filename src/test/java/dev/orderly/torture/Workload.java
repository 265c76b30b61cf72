package dev.orderly.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The order types of a run. */
final class Workload {
  static final String AUTO = "torture.auto";
  static final String MANUAL = "torture.manual";
  static final List<String> QUEUES =
      List.of("torture.q0", "torture.q1", "torture.q2", "torture.q3");
  static final Duration TTL = Duration.ofSeconds(2);

  /** Where applied changes are counted: a row for each. */
  static final String TABLE = "torture_applied";

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
          "input": {"number": $},
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

  static void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    write(directory, AUTO, "auto");
    write(directory, MANUAL, "manual");
  }

  private static void write(Path directory, String type, String approval) throws IOException {
    Files.writeString(
        directory.resolve(type + ".type.yaml"),
        TYPE.formatted(type, approval, TABLE, TABLE, TTL.toSeconds()));
  }
}
