package dev.orderly.torture;

import dev.orderly.torture.Api.Reply;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** One WebSocket, as docs/websocket.md has it. */
final class Socket implements WebSocket.Listener {
  private static final long ANSWER_LIMIT_SECONDS = 8;
  private static final int OK = 200;

  private final Map<String, CompletableFuture<JsonObject>> asked = new ConcurrentHashMap<>();
  private final StringBuilder text = new StringBuilder();
  private volatile boolean open = true;
  private WebSocket wire;
  private int ids;

  private final Consumer<JsonObject> pushed;

  private Socket(Consumer<JsonObject> pushed) {
    this.pushed = pushed;
  }

  /**
   * Null if there is none to be had.
   *
   * @param pushed what nobody asked for; it must not block
   */
  static Socket open(Api api, URI node, String agent, Consumer<JsonObject> pushed) {
    var socket = new Socket(pushed);
    try {
      socket.wire = api.socket(node, agent, socket).get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
      return socket;
    } catch (ExecutionException | TimeoutException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /**
   * Sends a frame and waits for its answer.
   *
   * @param breaking cut the connection once the frame is sent
   */
  Reply call(JsonObject frame, boolean breaking) {
    var id = Integer.toString(ids++);
    var answer = new CompletableFuture<JsonObject>();
    asked.put(id, answer);
    long sent = System.nanoTime();
    if (!open) {
      // It broke before its answer was asked for.
      asked.remove(id);
      return new Reply(Api.NO_ANSWER, new JsonObject(), sent, System.nanoTime());
    }
    try {
      wire.sendText(frame.put("id", id).encode(), true).get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
      if (breaking) {
        abort();
      }
      var said = answer.get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
      long read = System.nanoTime();
      return said.getBoolean("ok")
          ? new Reply(OK, said.getJsonObject("result"), sent, read)
          : new Reply(
              said.getJsonObject("problem").getInteger("status"),
              said.getJsonObject("problem"),
              sent,
              read);
    } catch (ExecutionException | TimeoutException e) {
      abort();
      return new Reply(Api.NO_ANSWER, new JsonObject(), sent, System.nanoTime());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      abort();
      return new Reply(Api.NO_ANSWER, new JsonObject(), sent, System.nanoTime());
    } finally {
      asked.remove(id);
    }
  }

  boolean isOpen() {
    return open;
  }

  /** Without a word to the other side. */
  void abort() {
    wire.abort();
    end();
  }

  private void end() {
    open = false;
    asked.values().forEach(answer -> answer.completeExceptionally(new Exception("closed")));
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (last) {
      var frame = new JsonObject(text.toString());
      text.setLength(0);
      var id = frame.getString("id");
      var answer = id == null ? null : asked.get(id);
      if (frame.containsKey("event")) {
        pushed.accept(frame);
      } else if (answer != null) {
        answer.complete(frame);
      }
    }
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    end();
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    end();
  }
}
