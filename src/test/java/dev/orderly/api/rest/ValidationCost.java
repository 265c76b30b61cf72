package dev.orderly.api.rest;

import dev.orderly.api.rest.contract.Contract;
import dev.orderly.api.rest.handling.RequestDecoder;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Prints what holding a small request against the contract costs, in microseconds. Not a test; run
 * it by hand.
 */
public final class ValidationCost {
  private static final int ROUNDS = 5;
  private static final int REQUESTS = 50_000;
  private static final double NANOS_PER_MICRO = 1e3;

  private ValidationCost() {}

  public static void main(String[] args) throws Exception {
    var vertx = Vertx.vertx();
    try {
      long start = System.nanoTime();
      var contract = ApiFixture.await(Contract.load(vertx, ApiFixture.BASE));
      System.out.printf(
          "contract loaded in %d ms%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
      measure(
          contract,
          "submitItem",
          "{\"result\":{\"synced_users\":[{\"id\":1,\"status\":\"ok\"}]},\"notes\":\"n\",\"fence\":7}");
      measure(contract, "checkout", "{\"type\":[\"a\",\"b\"],\"min_priority\":5}");
    } finally {
      ApiFixture.await(vertx.close());
    }
  }

  private static void measure(Contract contract, String operation, String json) {
    var body = Buffer.buffer(json);
    var spec =
        contract.operations().stream()
            .filter(s -> s.id().equals(operation))
            .findFirst()
            .orElseThrow();
    var own = new RequestDecoder(spec, Set.of());
    for (int round = 0; round < ROUNDS; round++) {
      report(operation, () -> own.body(body));
    }
  }

  private static void report(String what, Runnable request) {
    long start = System.nanoTime();
    for (int i = 0; i < REQUESTS; i++) {
      request.run();
    }
    double micros = (System.nanoTime() - start) / NANOS_PER_MICRO / REQUESTS;
    System.out.printf("%-24s %6.1f us%n", what, micros);
  }
}
