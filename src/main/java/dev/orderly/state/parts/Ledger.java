package dev.orderly.state.parts;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.types.PartsSpec;
import dev.orderly.types.PartsSpec.Mode;
import java.util.List;

/** The parts that an item has, and what place another one takes among them. */
record Ledger(List<PartRow> rows) {
  private static final String SHOW = "GET the item's parts to see which are in use";

  /**
   * Where a part goes.
   *
   * @param same the part that is there already and is the very same; null if it is new
   * @param replaced those that it takes the place of
   */
  record Place(int seq, PartRow same, List<PartRow> replaced) {}

  /** The number of the next part of a key, from 0. */
  int next(String key, boolean restart) {
    return restart ? 0 : last(key) + 1;
  }

  /** -1 if none is in use. */
  private int last(String key) {
    return inUse(key).stream().mapToInt(PartRow::seq).max().orElse(-1);
  }

  private List<PartRow> inUse(String key) {
    return rows.stream().filter(row -> row.inUse() && row.key().equals(key)).toList();
  }

  List<PartRow> inUse() {
    return rows.stream().filter(PartRow::inUse).toList();
  }

  /** A rejected part of the same content, or null. */
  PartRow rejected(String key, int seq, String checksum) {
    return rows.stream()
        .filter(row -> row.status() == PartRow.Status.REJECTED && row.key().equals(key))
        .filter(row -> row.seq() == seq && row.checksum().equals(checksum))
        .findFirst()
        .orElse(null);
  }

  /**
   * @param fence of the lease under which the part is handed in
   * @throws Rejected if there is no place for it
   */
  Place place(Mode mode, String key, int seq, boolean restart, String checksum, long fence) {
    var there = inUse(key);
    var same =
        there.stream()
            .filter(row -> row.seq() == seq && row.checksum().equals(checksum))
            // Chunks that another holder left are begun anew even by the same first one.
            .filter(row -> !restart || row.fence() == fence)
            .findFirst();
    if (same.isPresent()) {
      return new Place(seq, same.get(), List.of());
    }
    if (mode == Mode.REPLACE) {
      if (seq <= last(key)) {
        throw refused(
            ErrorCode.PART_SUPERSEDED,
            "Part %s has number %d in use; one with number %d cannot take its place"
                .formatted(key, last(key), seq),
            "Leave seq out, or send a higher one");
      }
      return new Place(seq, null, there);
    }
    if (restart) {
      return new Place(seq, null, there);
    }
    if (seq <= last(key)) {
      throw refused(
          ErrorCode.PART_CONFLICT,
          "Chunk %d of part %s is there with other content".formatted(seq, key),
          "Send the next chunk, or begin the part anew with restart: true");
    }
    if (seq > last(key) + 1) {
      throw refused(
          ErrorCode.PART_GAP,
          "Chunk %d of part %s cannot be taken: the next is %d".formatted(seq, key, last(key) + 1),
          "Send chunk %d first".formatted(last(key) + 1));
    }
    return new Place(seq, null, List.of());
  }

  /**
   * @throws Rejected if there would be too many parts in use, or too much of them
   */
  void requireRoom(PartsSpec limits, Place place, int bytes) {
    var others = inUse().stream().filter(row -> !place.replaced().contains(row)).toList();
    if (others.size() + 1 > limits.maxCount()) {
      throw limit(
          "parts.max_count",
          "The item has %d parts in use, and takes no more".formatted(others.size()));
    }
    long total = bytes + others.stream().mapToLong(PartRow::bytes).sum();
    if (total > limits.maxTotalBytes()) {
      throw limit(
          "parts.max_total_bytes",
          "With this part of %d bytes the item's parts would have %d bytes; they may have %d"
              .formatted(bytes, total, limits.maxTotalBytes()));
    }
  }

  private static Rejected limit(String code, String detail) {
    return new Rejected(
        ErrorCode.PARTS_LIMIT,
        detail,
        List.of(new Violation("/payload", code, detail)),
        List.of("Finalize with the parts that are there, or replace some by smaller ones", SHOW));
  }

  private static Rejected refused(ErrorCode code, String detail, String next) {
    return new Rejected(
        code, detail, List.of(new Violation("/seq", code.wire(), detail)), List.of(next, SHOW));
  }
}
