package dev.orderly.applying.webhook;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;

/** What a webhook's reply means for the order. */
final class WebhookReply {
  /** As JSON writes it; after an even number of backslashes, which stand for themselves. */
  private static final Pattern NUL = Pattern.compile("(?<!\\\\)(?:\\\\\\\\)*\\\\u0000");

  private static final Pattern POINTER = Pattern.compile("(/([^~/]|~[01])*+)*+");

  private WebhookReply() {}

  /**
   * @param now for a {@code Retry-After} that names a date
   * @return the diff of the change that the target made
   * @throws ApplyFailed for good, or for now if the target may take the same request later
   */
  static Diff read(WebhookCall.Reply reply, Instant now) {
    requireTaken(reply, now);
    return diff(reply);
  }

  /**
   * @param now for a {@code Retry-After} that names a date
   * @throws ApplyFailed for good, or for now if the target may take the same request later
   */
  static void requireTaken(WebhookCall.Reply reply, Instant now) {
    int status = reply.status();
    if (status >= 200 && status < 300) {
      return;
    }
    var message = "The webhook answered with status " + status;
    if (status == 408 || status == 425 || status == 429 || status >= 500) {
      throw ApplyFailed.forNow(message, retryAfter(reply, now));
    }
    throw ApplyFailed.forGood(
        status >= 300 && status < 400 ? message + "; redirects are not followed" : message);
  }

  private static Diff diff(WebhookCall.Reply reply) {
    if (reply.tooLarge()) {
      throw ApplyFailed.forGood(
          "The webhook's reply is larger than %d bytes".formatted(WebhookCall.BODY_MAX_BYTES));
    }
    if (reply.body().length() == 0) {
      return Diffs.of(new JsonObject(), new JsonObject(), "The webhook gave no diff");
    }
    var json = object(reply);
    var before = side(json, "before");
    var after = side(json, "after");
    var made = Diffs.of(before, after, text(json, "summary"));
    return switch (json.getValue("changes")) {
      case null -> made;
      // Only of sides that were not given can the target know more.
      case JsonArray changes when !json.containsKey("before") && !json.containsKey("after") ->
          new Diff(before, after, operations(changes), made.summary());
      case JsonArray changes -> made;
      default -> throw ApplyFailed.forGood("The webhook's reply: changes must be an array");
    };
  }

  private static JsonArray operations(JsonArray changes) {
    for (var change : changes) {
      if (!(change instanceof JsonObject operation) || !isOperation(operation)) {
        throw ApplyFailed.forGood(
            "The webhook's reply: changes must be JSON Patch operations (RFC 6902)");
      }
    }
    return changes;
  }

  private static boolean isOperation(JsonObject operation) {
    return operation.getValue("op") instanceof String op
        && isPointer(operation.getValue("path"))
        && switch (op) {
          case "add", "replace", "test" -> operation.containsKey("value");
          case "move", "copy" -> isPointer(operation.getValue("from"));
          case "remove" -> true;
          default -> false;
        };
  }

  private static boolean isPointer(Object value) {
    return value instanceof String text && POINTER.matcher(text).matches();
  }

  private static JsonObject object(WebhookCall.Reply reply) {
    Object value;
    try {
      value = Json.decodeValue(reply.body());
    } catch (DecodeException e) {
      throw ApplyFailed.forGood("The webhook's reply is not JSON", e);
    }
    if (!(value instanceof JsonObject object)) {
      throw ApplyFailed.forGood("The webhook's reply is not a JSON object");
    }
    if (NUL.matcher(reply.body().toString()).find()) {
      throw ApplyFailed.forGood("The webhook's reply has the character 0, which cannot be stored");
    }
    return object;
  }

  private static Object side(JsonObject json, String name) {
    return switch (json.getValue(name)) {
      case null -> new JsonObject();
      case JsonObject object -> object;
      case JsonArray array -> array;
      default ->
          throw ApplyFailed.forGood(
              "The webhook's reply: %s must be an object or an array".formatted(name));
    };
  }

  private static String text(JsonObject json, String name) {
    return switch (json.getValue(name)) {
      case null -> null;
      case String text -> text;
      default -> throw ApplyFailed.forGood("The webhook's reply: %s must be text".formatted(name));
    };
  }

  /** RFC 9110, section 10.2.3: seconds or a date; what cannot be read is ignored. */
  private static Duration retryAfter(WebhookCall.Reply reply, Instant now) {
    var value = reply.headers().get("Retry-After");
    if (value == null) {
      return Duration.ZERO;
    }
    try {
      var wait =
          value.strip().matches("[0-9]{1,9}")
              ? Duration.ofSeconds(Long.parseLong(value.strip()))
              : Duration.between(
                  now,
                  ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                      .toInstant());
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeException e) {
      return Duration.ZERO;
    }
  }
}
