package dev.orderly.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The plain way to do the same on the same database: four statements per item, each a transaction
 * and a round trip of its own: claim, its audit row, submit, its audit row. No HTTP.
 */
final class Baseline {
  private static final int CONNECTIONS = 4;
  private static final List<String> SETUP =
      List.of(
          "drop schema if exists bench_baseline cascade",
          "create schema bench_baseline",
          """
          create table bench_baseline.items (
            id bigint primary key, state text not null default 'queued', agent text,
            fence bigint not null default 0, lease_expires_at timestamptz, result jsonb,
            submitted_at timestamptz)
          with (fillfactor = 70)\
          """,
          "create index on bench_baseline.items (id) where state = 'queued'",
          """
          create table bench_baseline.events (
            id bigint generated always as identity primary key, item_id bigint not null,
            event text not null, agent text not null, created_at timestamptz not null default now())\
          """);
  private static final String FILL =
      "insert into bench_baseline.items (id) select generate_series(1, $1)";
  private static final String TEAR_DOWN = "drop schema bench_baseline cascade";
  private static final String CLAIM =
      """
      update bench_baseline.items
      set state = 'leased', agent = $1, fence = fence + 1,
          lease_expires_at = now() + interval '600 seconds'
      where id = (select id from bench_baseline.items where state = 'queued'
                  order by id limit 1 for update skip locked)
      returning id, fence\
      """;
  private static final String EVENT =
      "insert into bench_baseline.events (item_id, event, agent) values ($1, $2, $3)";
  private static final String SUBMIT =
      """
      update bench_baseline.items
      set state = 'submitted', result = '{"ok":true}', submitted_at = now(), lease_expires_at = null
      where id = $1 and state = 'leased' and agent = $2 and fence = $3\
      """;

  private final Vertx vertx;
  private final Pool pool;
  private final int agents;
  private final Measured measured = new Measured();
  private boolean stopping;

  Baseline(Vertx vertx, String databaseUrl, int agents) {
    this.vertx = vertx;
    this.agents = agents;
    this.pool =
        PgBuilder.pool()
            .with(new PoolOptions().setMaxSize(CONNECTIONS).setMaxWaitQueueSize(-1))
            .connectingTo(
                PgConnectOptions.fromUri(databaseUrl)
                    .setCachePreparedStatements(true)
                    .setPreparedStatementCacheSqlLimit(4_096))
            .using(vertx)
            .build();
  }

  Future<Measured> work(int items, int warmUpSeconds, int seconds) {
    Future<?> ready = Future.succeededFuture();
    for (String statement : SETUP) {
      ready = ready.compose(_ -> pool.query(statement).execute());
    }
    return ready
        .compose(_ -> pool.preparedQuery(FILL).execute(Tuple.of(items)))
        .compose(_ -> pool.query("analyze bench_baseline.items").execute())
        .compose(_ -> run(warmUpSeconds, seconds))
        .compose(_ -> pool.query(TEAR_DOWN).execute())
        .compose(_ -> pool.close())
        .map(measured);
  }

  private Future<?> run(int warmUpSeconds, int seconds) {
    vertx.setTimer(
        TimeUnit.SECONDS.toMillis(warmUpSeconds),
        _ -> {
          measured.begin();
          vertx.setTimer(TimeUnit.SECONDS.toMillis(seconds), _ -> stop());
        });
    List<Future<Void>> ends = new ArrayList<>();
    for (int i = 0; i < agents; i++) {
      var ended = Promise.<Void>promise();
      ends.add(ended.future());
      loop("bench-" + i, ended);
    }
    return Future.all(ends);
  }

  private void stop() {
    if (!stopping) {
      stopping = true;
      measured.end();
    }
  }

  private void loop(String agent, Promise<Void> ended) {
    if (stopping) {
      ended.complete();
      return;
    }
    long began = System.nanoTime();
    pool.preparedQuery(CLAIM)
        .execute(Tuple.of(agent))
        .compose(
            claimed -> {
              if (claimed.size() == 0) {
                nothingLeft();
                return Future.<Void>succeededFuture();
              }
              var row = claimed.iterator().next();
              return finish(agent, row.getLong(0), row.getLong(1), began);
            })
        .onSuccess(_ -> loop(agent, ended))
        .onFailure(ended::fail);
  }

  private void nothingLeft() {
    if (!measured.running() && !stopping) {
      measured.error("no items were left before the measured time began");
      measured.begin();
    }
    stop();
  }

  private Future<Void> finish(String agent, long item, long fence, long began) {
    return event(item, "leased", agent)
        .compose(
            _ -> {
              measured.call("checkout", System.nanoTime() - began);
              return submit(agent, item, fence);
            });
  }

  private Future<Void> submit(String agent, long item, long fence) {
    long began = System.nanoTime();
    return pool.preparedQuery(SUBMIT)
        .execute(Tuple.of(item, agent, fence))
        .compose(
            updated -> {
              if (updated.rowCount() != 1) {
                measured.error("submit changed " + updated.rowCount() + " rows");
              }
              return event(item, "submitted", agent);
            })
        .onSuccess(
            _ -> {
              measured.call("submit", System.nanoTime() - began);
              measured.lifecycle();
            });
  }

  private Future<Void> event(long item, String event, String agent) {
    return pool.preparedQuery(EVENT).execute(Tuple.of(item, event, agent)).mapEmpty();
  }
}
