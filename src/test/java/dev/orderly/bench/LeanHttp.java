package dev.orderly.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * One HTTP/1.1 connection with one request at a time, for replies with a content length. It shares
 * its cores with what it measures, so it does no more than a load generator needs.
 */
final class LeanHttp {
  private static final String HEAD_END = "\r\n\r\n";
  private static final String LENGTH = "content-length:";

  private final NetSocket socket;
  private final String host;
  private final StringBuilder unread = new StringBuilder();
  private Promise<Reply> waiting;

  /**
   * @param body as text, one character a byte unless it is outside of ASCII
   */
  record Reply(int status, String body) {
    /** What stands between the first of these markers, which must be there, and the next quote. */
    String text(String marker) {
      int at = body.indexOf(marker);
      if (at < 0) {
        throw new IllegalStateException("no " + marker + " in " + body);
      }
      int from = at + marker.length();
      return body.substring(from, body.indexOf('"', from));
    }
  }

  private LeanHttp(NetSocket socket, String host) {
    this.socket = socket;
    this.host = host;
    socket.handler(this::received);
    socket.exceptionHandler(this::broken);
    socket.closeHandler(closed -> broken(new IOException("The node closed the connection")));
  }

  static Future<LeanHttp> connect(NetClient client, URI url) {
    return client
        .connect(url.getPort(), url.getHost())
        .map(socket -> new LeanHttp(socket, url.getAuthority()));
  }

  /** What a request is before its length and its body, to be made once if it is sent often. */
  String head(String path, String token, String agent, String key) {
    return "POST "
        + path
        + " HTTP/1.1\r\nhost: "
        + host
        + "\r\nauthorization: Bearer "
        + token
        + "\r\ncontent-type: application/json\r\n"
        + (agent == null ? "" : "x-agent-id: " + agent + "\r\n")
        + (key == null ? "" : "idempotency-key: " + key + "\r\n");
  }

  /**
   * @param body of ASCII characters
   */
  Future<Reply> send(String head, String body) {
    waiting = Promise.promise();
    var reply = waiting.future();
    socket.write(
        Buffer.buffer(
            (head + "content-length: " + body.length() + HEAD_END + body)
                .getBytes(StandardCharsets.ISO_8859_1)));
    return reply;
  }

  Future<Void> close() {
    waiting = null;
    return socket.close();
  }

  private void received(Buffer bytes) {
    var text = new String(bytes.getBytes(), StandardCharsets.ISO_8859_1);
    if (!unread.isEmpty()) {
      text = unread.append(text).toString();
      unread.setLength(0);
    }
    int bodyAt = text.indexOf(HEAD_END) + HEAD_END.length();
    if (bodyAt < HEAD_END.length() || text.length() < bodyAt + length(text, bodyAt)) {
      unread.append(text);
      return;
    }
    var reply = new Reply(Integer.parseInt(text, 9, 12, 10), text.substring(bodyAt));
    var promise = waiting;
    waiting = null;
    if (promise != null) {
      promise.complete(reply);
    }
  }

  private static int length(String text, int end) {
    for (int at = 0; at < end; at = text.indexOf('\n', at) + 1) {
      if (text.regionMatches(true, at, LENGTH, 0, LENGTH.length())) {
        int from = at + LENGTH.length();
        return Integer.parseInt(text.substring(from, text.indexOf('\r', from)).strip());
      }
    }
    throw new IllegalStateException("A reply without a content length: " + text);
  }

  private void broken(Throwable cause) {
    var promise = waiting;
    waiting = null;
    if (promise != null) {
      promise.fail(cause);
    }
  }
}
