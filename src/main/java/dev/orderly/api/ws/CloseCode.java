package dev.orderly.api.ws;

/** Why the server closes a WebSocket: RFC 6455 codes, and its own from 4000 on. */
enum CloseCode {
  NOT_TEXT(1003, "frames must be text"),
  NOT_UTF8(1007, "text must be UTF-8"),
  TOO_LARGE(1009, "the frame is too large"),
  STOPPING(1012, "this node is stopping; connect again"),
  TOKEN_ENDED(4401, "the token has ended"),
  NO_SIGN(4408, "no sign of life"),
  IDLE(4410, "nothing to do"),
  SLOW(4429, "reads too slowly");

  private final short code;
  private final String reason;

  CloseCode(int code, String reason) {
    this.code = (short) code;
    this.reason = reason;
  }

  short code() {
    return code;
  }

  String reason() {
    return reason;
  }
}
