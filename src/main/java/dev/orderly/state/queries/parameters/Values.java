package dev.orderly.state.queries.parameters;

import dev.orderly.domain.Quoted;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/** Reads single values as they stand in a query string; each throws {@link BadParameter}. */
public final class Values {
  /** The most values that a comma list may have. */
  static final int LIST_MAX = 200;

  private static final int YEAR_MIN = 1;
  private static final int YEAR_MAX = 9999;
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private Values() {}

  /** The parts of a comma list, trimmed; at least one, none empty. */
  static List<String> list(String value) {
    var parts = names(value);
    if (parts.isEmpty() || parts.contains("")) {
      throw BadParameter.malformed("a value is missing");
    }
    if (parts.size() > LIST_MAX) {
      throw BadParameter.malformed("takes at most %d values".formatted(LIST_MAX));
    }
    return parts;
  }

  /** As {@link #list}, but nothing at all is an empty list. */
  static List<String> names(String value) {
    return value.isBlank()
        ? List.of()
        : Arrays.stream(value.split(",", -1)).map(String::strip).toList();
  }

  static int integer(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw BadParameter.malformed(
          "%s is not a whole number of 32 bits".formatted(Quoted.of(value)));
    }
  }

  static int integer(String value, int min, int max) {
    try {
      int number = Integer.parseInt(value.strip());
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below, like any number that is out of range.
    }
    throw BadParameter.malformed(
        "must be a whole number from %d to %d, not %s".formatted(min, max, Quoted.of(value)));
  }

  static boolean bool(String value) {
    return switch (value.strip()) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw BadParameter.notOneOf(value, List.of("true", "false"));
    };
  }

  public static UUID uuid(String value) {
    if (!UUID_FORM.matcher(value).matches()) {
      throw BadParameter.malformed("%s is not a UUID".formatted(Quoted.of(value)));
    }
    return UUID.fromString(value);
  }

  /** A time of ISO 8601; without an offset it is universal time, without a time it is midnight. */
  static OffsetDateTime time(String value) {
    try {
      var time = parseTime(value);
      if (time.getYear() >= YEAR_MIN && time.getYear() <= YEAR_MAX) {
        return time;
      }
    } catch (DateTimeException e) {
      // Told below, like any year that is out of range.
    }
    throw BadParameter.malformed(
        "%s is not a time such as 2026-01-31, 2026-01-31T09:30:00Z or 2026-01-31T09:30:00%%2B02:00"
            .formatted(Quoted.of(value)));
  }

  private static OffsetDateTime parseTime(String value) {
    int clock = value.indexOf('T');
    if (clock < 0) {
      return LocalDate.parse(value).atStartOfDay().atOffset(ZoneOffset.UTC);
    }
    var time = value.substring(clock);
    boolean hasOffset = time.endsWith("Z") || time.indexOf('+') > 0 || time.indexOf('-') > 0;
    return hasOffset
        ? OffsetDateTime.parse(value).withOffsetSameInstant(ZoneOffset.UTC)
        : LocalDateTime.parse(value).atOffset(ZoneOffset.UTC);
  }
}
