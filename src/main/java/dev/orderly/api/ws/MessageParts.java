package dev.orderly.api.ws;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketFrame;

/** Puts together the message that a client sends in one or several frames. */
final class MessageParts {
  private final int maxBytes;

  /** What came before; null if nothing did. */
  private Buffer begun;

  /**
   * @param maxBytes how long a message may be
   */
  MessageParts(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Takes in a frame of text or what continues one.
   *
   * @return false if the message has become too long; nothing of it is kept then
   */
  boolean add(WebSocketFrame frame) {
    var data = frame.binaryData();
    if (data.length() + (begun == null ? 0 : begun.length()) > maxBytes) {
      begun = null;
      return false;
    }
    if (begun != null) {
      begun.appendBuffer(data);
    } else {
      // The bytes of a frame that others follow are not ours for long enough.
      begun = frame.isFinal() ? data : data.copy();
    }
    return true;
  }

  /** The message, after its final frame. */
  byte[] take() {
    var whole = begun.getBytes();
    begun = null;
    return whole;
  }
}
