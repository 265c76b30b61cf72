package dev.orderly.leasing.limits;

import dev.orderly.domain.Sha256;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Something of a tenant's with a limit of its own.
 *
 * @param name an agent's id or an order type's name
 */
record Limited(Kind kind, String tenant, String name) {
  enum Kind {
    AGENT,
    TYPE;

    String wire() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The advisory lock under which its leases and checkouts are counted and given. */
  long lock() {
    var digest = Sha256.hex("limit\n%s\n%s\n%s".formatted(kind.wire(), tenant, name));
    return ByteBuffer.wrap(HexFormat.of().parseHex(digest)).getLong();
  }
}
