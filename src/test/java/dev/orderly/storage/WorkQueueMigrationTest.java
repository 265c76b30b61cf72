package dev.orderly.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A database that was there before what can be given out stood in a table of its own. */
class WorkQueueMigrationTest {
  private static final String SCHEMA = "was_there_before";

  private static final String ORDER =
      """
      insert into work_orders (id, tenant, type, type_version, state, priority, payload, meta, requested_by_type,
        requested_by_id, on_item_failure, auto_approve, items_queued, apply_max_attempts, last_transitioned_at,
        created_at, updated_at)
      values ('00000000-0000-7000-8000-000000000000', 't', 'old', '1', 'in_progress', 5, '{}', '{}', 'user', 'u', 'fail',
        false, 0, 3, now(), now(), now())
      """;

  private static final String ITEMS =
      """
      insert into work_items (id, tenant, order_id, order_type, type_version, position, type, state, held, limit_key,
        priority, rank, input, max_attempts, available_at, fence, leased_by_agent_id, leased_at, lease_ttl_seconds,
        heartbeat_every_seconds, lease_expires_at, created_at, updated_at)
      select ('00000000-0000-7000-8000-00000000000' || n)::uuid, 't', '00000000-0000-7000-8000-000000000000', 'old', '1', n,
        'old', s, h, l, 5, n * 10, '{}', 3, now(), 0, a, case when a is not null then now() end, 60, 20,
        case when a is not null then now() + interval '1 minute' end, now(), timestamptz '2026-01-01 00:00Z'
      from (values (1, 'queued', false, null, null), (2, 'queued', true, null, null), (3, 'leased', false, null, 'agent'),
        (4, 'failed', false, null, null), (5, 'queued', false, 'key', null)) x(n, s, h, l, a)
      """;

  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static void migrate(String target) {
    var address = db.address();
    Flyway.configure()
        .dataSource(address.jdbcUrl(), address.user(), address.password())
        .schemas(SCHEMA)
        .locations("classpath:db/migration")
        .target(target)
        .load()
        .migrate();
  }

  private static List<String> column(Connection connection, String sql) throws SQLException {
    var values = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  @Test
  void whatIsThereIsInItsQueueAfterwards() throws SQLException {
    migrate("11");
    var address = db.address();
    try (var connection =
        DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password())) {
      connection.setSchema(SCHEMA);
      try (var statement = connection.createStatement()) {
        statement.execute(ORDER);
        statement.execute(ITEMS);
      }

      migrate("latest");

      assertThat(
              column(
                  connection,
                  "select right(item_id::text, 1) || ' ' || rank || ' ' || coalesce(limit_key, '-') from work_queue order by rank"))
          .containsExactly("1 10 -", "5 50 key");
      assertThat(column(connection, "select state from work_items_now order by position"))
          .containsExactly("queued", "queued", "leased", "failed", "queued");
      assertThat(
              column(
                  connection,
                  "select position from work_items where failed_at = '2026-01-01 00:00Z'"))
          .containsExactly("4");
      try (var statement = connection.createStatement()) {
        statement.execute("update work_items set held = not held where state = 'queued'");
      }
      assertThat(column(connection, "select right(item_id::text, 1) from work_queue"))
          .as("it follows from now on")
          .containsExactly("2");
    }
  }
}
