package dev.orderly.applying.sql;

import dev.orderly.storage.Migrations;
import io.vertx.sqlclient.SqlConnection;
import java.util.function.Supplier;

/** Where a type's own SQL runs: it finds the public schema's tables and not Orderly's. */
public final class PublicSchema {
  private static final String ENTER = "set local search_path = public";
  private static final String LEAVE = "set local search_path = " + Migrations.SCHEMA + ", public";

  private PublicSchema() {}

  /** Inside a transaction; if the work fails, its rollback also undoes the setting. */
  public static <T> T within(SqlConnection connection, Supplier<T> work) {
    connection.query(ENTER).execute().await();
    T result = work.get();
    connection.query(LEAVE).execute().await();
    return result;
  }
}
