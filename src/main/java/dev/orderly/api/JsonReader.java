package dev.orderly.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a request's JSON (RFC 8259) and refuses what could not be stored and given back as it came:
 * text that is not UTF-8, names given twice, U+0000, lone surrogates, numbers out of range.
 */
public final class JsonReader {
  /** How deep arrays and objects may be nested. */
  public static final int MAX_DEPTH = 100;

  private static final int MAX_VIOLATIONS = 100;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private final String what;
  private final JsonParser parser;
  private final boolean escapes;
  private final List<Violation> violations = new ArrayList<>();
  private int depth;

  private JsonReader(String what, JsonParser parser, boolean escapes) {
    this.what = what;
    this.parser = parser;
    this.escapes = escapes;
  }

  /** As {@link #read(String, byte[])}, for a request's body. */
  public static Object read(byte[] utf8) {
    return read("body", utf8);
  }

  /**
   * @param what the thing that is read, for messages
   * @return a {@link JsonObject}, a {@link JsonArray}, or a scalar
   * @throws Rejected {@code malformed_request}, or {@code invalid} with what is wrong where
   */
  public static Object read(String what, byte[] utf8) {
    var text = decode(what, utf8);
    try (var parser = FACTORY.createParser(text)) {
      // Strict UTF-8 holds no lone surrogate and the parser takes no bare control character, so
      // both can come from an escape only.
      return new JsonReader(what, parser, text.contains("\\u")).document();
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory failed", e);
    }
  }

  /** True if text holds U+0000 or half of a surrogate pair, which PostgreSQL cannot keep. */
  public static boolean unstorable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        return true;
      }
      if (Character.isSurrogate(c)) {
        if (Character.isLowSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return true;
        }
        i++;
      }
    }
    return false;
  }

  private static String decode(String what, byte[] utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new Rejected(ErrorCode.MALFORMED_REQUEST, "The %s is not UTF-8".formatted(what));
    }
  }

  private Object document() throws IOException {
    try {
      if (parser.nextToken() == null) {
        throw malformed("there is nothing but white space");
      }
      var root = value();
      if (parser.nextToken() != null) {
        throw malformed("something follows the end of the document");
      }
      if (!violations.isEmpty()) {
        throw Rejected.invalid(
            "The %s holds values that cannot be kept".formatted(what), violations);
      }
      return wrap(root);
    } catch (StreamConstraintsException e) {
      throw depth >= MAX_DEPTH ? tooDeep() : tooLong();
    } catch (JsonProcessingException e) {
      // What follows in brackets is the parser's own affair.
      throw malformed(
          e.getOriginalMessage()
              .lines()
              .findFirst()
              .orElse("it is no JSON")
              .replaceAll(" \\(code \\d+\\)", "")
              .replaceAll(" \\(start marker.*", ""));
    }
  }

  private Object value() throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object();
      case START_ARRAY -> array();
      case VALUE_STRING -> string(parser.getText());
      case VALUE_NUMBER_INT -> parser.getNumberValue();
      case VALUE_NUMBER_FLOAT -> decimal();
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case VALUE_NULL -> null;
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("unexpected token " + parser.currentToken());
    };
  }

  private Map<String, Object> object() throws IOException {
    depth++;
    var members = new LinkedHashMap<String, Object>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var name = string(parser.currentName());
      parser.nextToken();
      members.put(name, value());
    }
    depth--;
    return members;
  }

  private List<Object> array() throws IOException {
    depth++;
    var elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value());
    }
    depth--;
    return elements;
  }

  private String string(String text) {
    if (escapes && unstorable(text)) {
      violation("text.unstorable", "Text must not hold U+0000 or half of a surrogate pair");
    }
    return text;
  }

  private Double decimal() throws IOException {
    double number = parser.getDoubleValue();
    if (Double.isInfinite(number)) {
      violation("number.out_of_range", "The number is too large for a 64-bit float");
    }
    return number;
  }

  private void violation(String code, String message) {
    if (violations.size() < MAX_VIOLATIONS) {
      var pointer = parser.getParsingContext().pathAsPointer().toString();
      violations.add(new Violation(replaceUnstorable(pointer), code, message));
    }
  }

  /** Text that may hold what cannot be kept, without it. */
  public static String replaceUnstorable(String text) {
    return unstorable(text) ? text.replaceAll("[\\x00\\p{Cs}]", "\uFFFD") : text;
  }

  @SuppressWarnings("unchecked")
  private static Object wrap(Object root) {
    return switch (root) {
      case Map<?, ?> members -> new JsonObject((Map<String, Object>) members);
      case List<?> elements -> new JsonArray((List<Object>) elements);
      case null, default -> root;
    };
  }

  private Rejected malformed(String wrong) {
    var at = parser.currentLocation();
    return new Rejected(
        ErrorCode.MALFORMED_REQUEST,
        "The %s is no JSON at line %d, column %d: %s"
            .formatted(what, at.getLineNr(), at.getColumnNr(), wrong));
  }

  private Rejected tooDeep() {
    return Rejected.invalid(
        "The %s is nested too deep".formatted(what),
        List.of(
            new Violation(
                "",
                "json.depth",
                "Arrays and objects nest more than %d deep".formatted(MAX_DEPTH))));
  }

  private Rejected tooLong() {
    return Rejected.invalid(
        "The %s holds a number or a text that is too long".formatted(what),
        List.of(new Violation("", "json.length", "A number or a text is too long")));
  }
}
