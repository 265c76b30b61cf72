package dev.orderly.applying;

import dev.orderly.testing.TestDatabase;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A target that types call: it keeps what it got, and answers as the test says. */
public final class Hooked implements AutoCloseable {
  private final HttpServer server;
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private volatile Function<Call, Integer> answer = call -> 200;

  /** A request that came. */
  public record Call(String path, MultiMap headers, JsonObject body) {}

  public Hooked(TestDatabase db) {
    server =
        TestDatabase.await(
            db.vertx().createHttpServer().requestHandler(this::handle).listen(0, "127.0.0.1"));
  }

  private void handle(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              var call =
                  new Call(
                      request.path(),
                      MultiMap.caseInsensitiveMultiMap().addAll(request.headers()),
                      body.toJsonObject());
              calls.add(call);
              request.response().setStatusCode(answer.apply(call)).end();
            });
  }

  /** From now on, each call is answered with the status that this gives. */
  public void answer(Function<Call, Integer> status) {
    answer = status;
  }

  public String url(String path) {
    return "http://127.0.0.1:%d%s".formatted(server.actualPort(), path);
  }

  /** Those of a path, oldest first. */
  public List<Call> calls(String path) {
    return calls.stream().filter(call -> call.path().equals(path)).toList();
  }

  @Override
  public void close() {
    TestDatabase.await(server.close());
  }
}
