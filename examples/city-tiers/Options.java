import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Command line options, each {@code --name value}, or {@code --name} alone for a switch. */
final class Options {
  private final Map<String, String> given;

  private Options(Map<String, String> given) {
    this.given = given;
  }

  /**
   * @param known the options' names; one that ends in {@code !} is a switch
   * @return empty if the arguments are not of these
   */
  static Optional<Options> of(String[] args, String... known) {
    Set<String> names = Set.copyOf(Arrays.asList(known));
    var given = new HashMap<String, String>();
    for (int i = 0; i < args.length; i++) {
      if (names.contains(args[i] + "!")) {
        given.put(args[i], "");
      } else if (names.contains(args[i]) && i + 1 < args.length) {
        given.put(args[i], args[++i]);
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(new Options(given));
  }

  boolean has(String name) {
    return given.containsKey(name);
  }

  boolean missing(String... names) {
    return !Arrays.stream(names).allMatch(given::containsKey);
  }

  /** The option's value, or null. */
  String get(String name) {
    return given.get(name);
  }

  String get(String name, String otherwise) {
    return given.getOrDefault(name, otherwise);
  }
}
