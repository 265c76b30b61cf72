package dev.orderly.torture;

import io.vertx.core.json.JsonObject;
import java.util.Locale;

/**
 * One line of the ledger: what somebody asked and what it was told.
 *
 * @param agent who asked
 * @param item null if it is about an order
 * @param order null if it is not known
 * @param fence which lease it was about; for a checkout, which was given; 0 for none
 * @param status the answer's; {@link #ASKING} for a line from before the request went; {@link
 *     Api#NO_ANSWER} if no answer came
 * @param sent monotonic nanoseconds before the request was sent; before the first try if it was
 *     tried again
 * @param read the same after the answer was read; 0 while asking
 * @param expires until when the lease was promised, on the same clock; 0 for no lease
 * @param detail a submitted result, a proposal's own name, or for a checkout what {@link
 *     Workload#about} says of the item; null for none
 * @param bare the caller showed neither token nor fence, so it was about whichever lease of the
 *     item the caller had; the fence is then the one that it thought of
 */
record Entry(
    Op op,
    String agent,
    String item,
    String order,
    long fence,
    int status,
    long sent,
    long read,
    long expires,
    String detail,
    boolean bare) {
  /** Before an answer; what may end a lease counts from here on. */
  static final int ASKING = 0;

  enum Op {
    PROPOSE,
    CHECKOUT,
    HEARTBEAT,
    SUBMIT,
    RELEASE,
    FAIL,
    /** A new connection asks whether a lease is still there, and watches it. */
    ATTACH,
    /** The holder was told, without asking, that its lease is over. */
    LOST,
    CANCEL,
    APPROVE,
    REWORK;

    /** Whether it may end the asker's lease. */
    boolean ends() {
      return this == SUBMIT || this == RELEASE || this == FAIL;
    }

    /** Whether who is told that it is done has the lease at that time. */
    boolean proves() {
      return ends() || this == HEARTBEAT || this == ATTACH;
    }

    /** Whether it may end every lease of its order. */
    boolean endsAll() {
      return this == CANCEL;
    }
  }

  /** It took effect, and its caller knows it. */
  boolean acknowledged() {
    return status >= 200 && status < 300;
  }

  String toLine() {
    return new JsonObject()
        .put("op", op.name().toLowerCase(Locale.ROOT))
        .put("agent", agent)
        .put("item", item)
        .put("order", order)
        .put("fence", fence)
        .put("status", status)
        .put("sent", sent)
        .put("read", read)
        .put("expires", expires)
        .put("detail", detail)
        .put("bare", bare)
        .encode();
  }

  static Entry ofLine(String line) {
    var json = new JsonObject(line);
    return new Entry(
        Op.valueOf(json.getString("op").toUpperCase(Locale.ROOT)),
        json.getString("agent"),
        json.getString("item"),
        json.getString("order"),
        json.getLong("fence"),
        json.getInteger("status"),
        json.getLong("sent"),
        json.getLong("read"),
        json.getLong("expires"),
        json.getString("detail"),
        json.getBoolean("bare"));
  }
}
