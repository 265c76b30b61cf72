package dev.orderly.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StaleLimitsTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @Test
  void forgetsWhatIsOldAndKeepsTheRest() {
    db.execute(
        """
        insert into rate_buckets values
          ('default', 'agent', 'old', 0, now() - interval '2 hours'), ('default', 'agent', 'new', 0, now())
        """);
    db.execute(
        """
        insert into lane_turns values
          ('default', 't', 'old', now() - interval '8 days'), ('default', 't', 'new', now())
        """);

    assertThat(db.run(() -> new StaleLimits(db.pool()).run())).isEqualTo(2);

    assertThat(db.<String>value("select name from rate_buckets")).isEqualTo("new");
    assertThat(db.<String>value("select limit_key from lane_turns")).isEqualTo("new");
  }
}
