package dev.orderly.config.loading;

import dev.orderly.config.Secret;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads given texts as the types that the keys have. */
final class Values {
  /** {@code ${NAME}} stands for a variable; {@code $${} for a plain <code>${</code>. */
  private static final Pattern REFERENCE = Pattern.compile("\\$?\\$\\{([^}]*)}?");

  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final int SPLIT_ALL = -1;

  private final Map<String, String> environment;

  Values(Map<String, String> environment) {
    this.environment = environment;
  }

  /** A value is not what its key takes; the message says why, to stand after the key. */
  static final class Unreadable extends Exception {
    Unreadable(String message) {
      super(message, null, false, false);
    }
  }

  /** The value for the key's record component; null only if the key is optional. */
  Object read(KeySpec key, Given given) throws Unreadable {
    return switch (given.shape()) {
      case NULL -> {
        if (!key.description().optional()) {
          throw new Unreadable("has no value; it must be " + key.allowed());
        }
        yield null;
      }
      case OTHER -> throw notAllowed(key, given);
      case LIST -> {
        if (!key.list()) {
          throw notAllowed(key, given);
        }
        yield elements(key, given, given.texts());
      }
      case PLAIN -> {
        var text = given.texts().getFirst();
        if (key.list()) {
          yield elements(key, given, split(text));
        }
        yield text.isEmpty() && key.description().optional() ? null : one(key, given, text);
      }
      case SCALAR -> {
        if (key.list()) {
          throw notAllowed(key, given);
        }
        var text = expand(given.texts().getFirst());
        yield text.isEmpty() && key.description().optional() ? null : one(key, given, text);
      }
    };
  }

  /** A named secret's value. */
  Secret secret(Given given) throws Unreadable {
    return switch (given.shape()) {
      case PLAIN -> secret(given.texts().getFirst());
      case SCALAR -> secret(expand(given.texts().getFirst()));
      case NULL, LIST, OTHER -> throw new Unreadable("must be a text that is not empty");
    };
  }

  private static Secret secret(String text) throws Unreadable {
    if (text.isEmpty()) {
      throw new Unreadable("must be a text that is not empty");
    }
    return new Secret(text);
  }

  private List<Object> elements(KeySpec key, Given given, List<String> texts) throws Unreadable {
    var elements = new ArrayList<>();
    for (var text : texts) {
      elements.add(one(key, given, given.shape() == Given.Shape.LIST ? expand(text) : text));
    }
    return elements;
  }

  private static Object one(KeySpec key, Given given, String text) throws Unreadable {
    if (key.type() == int.class) {
      return number(key, given, text);
    }
    var choices = key.choices();
    if (text.isBlank()
        || (!choices.isEmpty() && !choices.contains(text))
        || (!key.description().pattern().isEmpty() && !text.matches(key.description().pattern()))) {
      throw notAllowed(key, given);
    }
    if (key.type().isEnum()) {
      return Arrays.stream(key.type().getEnumConstants())
          .filter(constant -> ((Enum<?>) constant).name().equals(text.toUpperCase(Locale.ROOT)))
          .findFirst()
          .orElseThrow();
    }
    if (key.type() == Secret.class) {
      return new Secret(text);
    }
    if (key.type() == Path.class) {
      try {
        return Path.of(text);
      } catch (InvalidPathException e) {
        throw notAllowed(key, given);
      }
    }
    return text;
  }

  private static int number(KeySpec key, Given given, String text) throws Unreadable {
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= key.description().min() && number <= key.description().max()) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Answered below, as a number out of range is.
    }
    throw notAllowed(key, given);
  }

  private static Unreadable notAllowed(KeySpec key, Given given) {
    return new Unreadable(
        "is %s, but must be %s"
            .formatted(key.secret() ? Secret.MASK : given.shown(), key.allowed()));
  }

  static List<String> split(String text) {
    return Arrays.stream(text.split(",", SPLIT_ALL))
        .map(String::strip)
        .filter(element -> !element.isEmpty())
        .toList();
  }

  private String expand(String text) throws Unreadable {
    var result = new StringBuilder();
    var matcher = REFERENCE.matcher(text);
    int end = 0;
    while (matcher.find()) {
      result.append(text, end, matcher.start());
      end = matcher.end();
      if (matcher.group().startsWith("$$")) {
        result.append(matcher.group().substring(1));
        continue;
      }
      var name = matcher.group(1);
      if (!matcher.group().endsWith("}") || !VARIABLE.matcher(name).matches()) {
        throw new Unreadable("has a ${ that does not begin a ${NAME}; write $${ for a plain ${");
      }
      var value = environment.get(name);
      if (value == null) {
        throw new Unreadable(
            "refers to the environment variable %s, which is not set".formatted(name));
      }
      result.append(value);
    }
    return result.append(text.substring(end)).toString();
  }
}
