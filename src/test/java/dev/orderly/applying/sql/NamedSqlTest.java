package dev.orderly.applying.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamedSqlTest {

  @Test
  void sendsObjectsAsJsonAllElseAsTextAndNothingAsNull() {
    var values = new HashMap<String, Object>();
    values.put("o", new JsonObject().put("a", 1));
    values.put("rows", new JsonArray().add(2));
    values.put("n", 3.0);
    values.put("b", true);
    values.put("s", "it's");
    values.put("none", null);

    var bound = NamedSql.parse("select :o, :rows, :n::int, :b, :s, :none, :unknown").bind(values);

    assertThat(bound.sql())
        .isEqualTo(
            "select $1::text::jsonb, $2::text::jsonb, $3::text::int, $4::text, $5::text, null, null");
    assertThat(bound.values().deepToString()).isEqualTo("[{\"a\":1},[2],3,true,it's]");
  }

  @Test
  void sendsAParameterOnceHoweverOftenItIsNamed() {
    var bound = NamedSql.parse(":a||:b||:a").bind(Map.of("a", "x", "b", "y"));
    assertThat(bound.sql()).isEqualTo("$1::text||$2::text||$1::text");
    assertThat(bound.values().size()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select ':a'",
        "select 'it''s :a'",
        "select E'it\\'s :a'",
        "select \"col:a\", \"a\"\":a\"",
        "select 1 -- :a",
        "select 1 /* :a /* :a */ :a */",
        "select $$ :a $$, $tag$ :a $$ :a $tag$",
        "select x::text, now()::date",
        "select v[lo:hi], v[1:2], f(v)[1:a]",
        "select f(a := 1)",
        "select j ? 'a', j @> '{\"x\": 1}'"
      })
  void seesNoParameterWhereThereIsNone(String sql) {
    var bound = NamedSql.parse(sql).bind(Map.of("a", "x", "hi", "y"));
    assertThat(bound.sql()).isEqualTo(sql);
    assertThat(bound.values().size()).isZero();
  }

  @Test
  void seesParametersBesideAllThose() {
    var bound =
        NamedSql.parse("/* : */ select ':x', array[:a, :b]::text[], v[1:2] -- :c\n where x=:a")
            .bind(Map.of("a", "1", "b", "2"));
    assertThat(bound.sql())
        .isEqualTo(
            "/* : */ select ':x', array[$1::text, $2::text]::text[], v[1:2] -- :c\n"
                + " where x=$1::text");
  }

  @Test
  void readsLongLiteralsWithoutRunningOutOfStack() {
    var sql = "select '" + "x".repeat(200_000) + "''".repeat(50_000) + "', :a";
    assertThat(NamedSql.parse(sql).bind(Map.of("a", "1")).sql()).endsWith(", $1::text");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "commit",
        " /* x */ ROLLBACK",
        "-- y\nbegin",
        "set role other",
        "savepoint a",
        "reset all"
      })
  void refusesToLetAStatementEndItsTransaction(String sql) {
    assertThatThrownBy(() -> NamedSql.parse(sql))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("transaction");
  }

  @Test
  void refusesNumberedParameters() {
    assertThatThrownBy(() -> NamedSql.parse("select $1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("$1");
  }
}
