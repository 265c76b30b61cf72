package dev.orderly.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TestDatabaseTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @Test
  void hasOrderlysTablesAndAnOddTimeZone() {
    assertThat(db.<Long>value("select count(*) from work_orders")).isZero();
    assertThat(db.<String>value("select current_setting('timezone')"))
        .isEqualTo(TestServer.TIME_ZONE);
  }

  @Test
  void runsWorkWhereItMayAwait() {
    assertThat(db.run(() -> Thread.currentThread().isVirtual())).isTrue();
  }

  @Test
  void givesOtherDatabasesWithoutOrderlysTables() {
    var other = db.otherDatabase();
    assertThat(TestDatabase.rows(other, "select to_regclass('orderly.work_orders')::text as t"))
        .allSatisfy(row -> assertThat(row.getValue("t")).isNull());
  }
}
