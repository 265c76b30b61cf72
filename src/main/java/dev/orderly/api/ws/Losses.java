package dev.orderly.api.ws;

import dev.orderly.api.ws.LeaseOperations.Shown;
import dev.orderly.domain.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** Leases whose end shows in the refusal of what their holder wanted to do. */
final class Losses {
  private final LeaseBook leases;
  private final List<Runnable> losses = new ArrayList<>(0);

  Losses(LeaseBook leases) {
    this.leases = leases;
  }

  void note(Shown shown, ErrorCode refusal) {
    var reason = shown.watched() == null ? null : reason(refusal);
    if (reason != null) {
      losses.add(() -> leases.lost(shown.watched(), reason));
    }
  }

  /** After the answer, so that it never comes as news of something else. */
  void tell() {
    losses.forEach(Runnable::run);
  }

  /** Null if the refusal says nothing about the lease. */
  private static String reason(ErrorCode refusal) {
    return switch (refusal) {
      case LEASE_EXPIRED -> LeaseBook.EXPIRED;
      case STALE_FENCE, LEASE_CONFLICT -> LeaseBook.SUPERSEDED;
      case STATE_CONFLICT, NOT_FOUND -> LeaseBook.ENDED;
      default -> null;
    };
  }
}
