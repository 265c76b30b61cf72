package dev.orderly.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdempotencyCleanupTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @AfterEach
  void clear() {
    db.execute("truncate idempotency_keys");
  }

  /** Also where most keys are expired, and where nobody has counted them yet. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void findsExpiredKeysByTheirIndex(boolean analysed) {
    db.execute(
        """
        insert into idempotency_keys (key_hash, body_hash, status, body, expires_at)
        select int4send(n), int4send(n), 201, '{}', now() + make_interval(secs => n - 15000)
        from generate_series(1, 20000) n
        """);
    if (analysed) {
      db.execute("analyze idempotency_keys");
    }

    var plan =
        db.rows("explain " + IdempotencyCleanup.DELETE.replace("$1", "1000")).stream()
            .map(row -> row.getString("QUERY PLAN"))
            .toList();

    assertThat(plan)
        .anyMatch(line -> line.contains("Index Scan on idempotency_keys_expiry"))
        .noneMatch(line -> line.contains("Seq Scan"));
  }

  @Test
  void forgetsEveryExpiredKeyAndNoOther() {
    db.execute(
        """
        insert into idempotency_keys (key_hash, body_hash, status, body, expires_at)
        select int4send(n), int4send(n), 201, '{}',
          now() + case when n <= 2500 then interval '-1 second' else interval '1 hour' end
        from generate_series(1, 2510) n
        """);

    assertThat(db.run(() -> new IdempotencyCleanup(db.pool()).run())).isEqualTo(2500);

    assertThat(
            db.row(
                "select count(*)::int as n, min(expires_at) > now() as live from idempotency_keys"))
        .isEqualTo(new JsonObject().put("n", 10).put("live", true));
  }
}
