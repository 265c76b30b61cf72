package dev.orderly.api.ws;

import dev.orderly.auth.Scope;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What an agent can ask for. The wire value is the name in lower case. */
enum Op {
  CHECKOUT(Scope.CHECKOUT),
  HEARTBEAT(Scope.CHECKOUT),
  RELEASE(Scope.CHECKOUT),
  FAIL(Scope.CHECKOUT),
  SUBMIT(Scope.SUBMIT),
  PART(Scope.SUBMIT),
  FINALIZE(Scope.SUBMIT),
  ATTACH(Scope.CHECKOUT),
  SUBSCRIBE(Scope.CHECKOUT),
  UNSUBSCRIBE(Scope.CHECKOUT);

  private final Scope scope;
  private final String wire = name().toLowerCase(Locale.ROOT);

  Op(Scope scope) {
    this.scope = scope;
  }

  /** What a token needs. */
  Scope scope() {
    return scope;
  }

  String wire() {
    return wire;
  }

  static Optional<Op> of(String wire) {
    return Arrays.stream(values()).filter(op -> op.wire.equals(wire)).findFirst();
  }
}
