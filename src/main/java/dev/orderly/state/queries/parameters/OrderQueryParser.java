package dev.orderly.state.queries.parameters;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.state.StateMessages.Parameter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the parameters of a list of orders. Parameters that take a list may be sent several times:
 * exact filters and included things add up, comparisons must all hold.
 */
public final class OrderQueryParser {
  static final int SIZE_DEFAULT = 50;
  static final int SIZE_MAX = 100;

  private static final int PARAMETERS_MAX = 100;
  private static final String AFTER = "page[after]";
  private static final String NUMBER = "page[number]";
  private static final List<String> SIZE_NAMES = List.of("page[size]", "limit", "per_page");
  private static final Set<String> ONCE =
      Set.of("filter[has_available_items]", "sort", AFTER, NUMBER);

  private interface Reader {
    void read(OrderQueryParser query, String value);
  }

  private static final Map<String, Reader> READERS = readers();

  private final Map<Filter.Exact, Set<Object>> exact = new EnumMap<>(Filter.Exact.class);
  private final Set<ItemState> itemStates = EnumSet.noneOf(ItemState.class);
  private final List<Filter> filters = new ArrayList<>();
  private final Set<OrderQuery.Include> includes = EnumSet.noneOf(OrderQuery.Include.class);
  private final Map<Resource, Set<String>> fields = new EnumMap<>(Resource.class);
  private Sort sort = Sort.DEFAULT;
  private Integer size;
  private Integer number;
  private String after;

  private final List<Violation> violations = new ArrayList<>();

  private OrderQueryParser() {}

  /**
   * @throws Rejected {@code unknown_parameter} or {@code malformed_request}, telling of everything
   *     that is wrong; each violation's pointer is the parameter's name
   */
  public static OrderQuery parse(List<Parameter> parameters) {
    if (parameters.size() > PARAMETERS_MAX) {
      throw new Rejected(
          ErrorCode.MALFORMED_REQUEST,
          "A list takes at most %d parameters".formatted(PARAMETERS_MAX));
    }
    var parser = new OrderQueryParser();
    var seen = new HashSet<String>();
    for (var parameter : parameters) {
      boolean isFirst = seen.add(parameter.name());
      parser.attempt(parameter.name(), () -> parser.read(parameter, isFirst));
    }
    return parser.finish();
  }

  private void attempt(String name, Runnable reading) {
    try {
      reading.run();
    } catch (BadParameter e) {
      violations.add(e.of(name));
    }
  }

  private void read(Parameter parameter, boolean isFirst) {
    var name = parameter.name();
    var reader = READERS.get(name);
    if (reader == null) {
      throw BadParameter.unknownName(name, allowedInsteadOf(name));
    }
    if (!isFirst && ONCE.contains(name)) {
      throw BadParameter.malformed("was sent more than once");
    }
    var value = parameter.value() == null ? "" : parameter.value();
    if (value.indexOf('\0') >= 0) {
      throw BadParameter.malformed("has a NUL character");
    }
    reader.read(this, value);
  }

  private OrderQuery finish() {
    var start = new ArrayList<OrderQuery.Start>();
    if (after != null && number != null) {
      attempt(
          NUMBER,
          () -> {
            throw BadParameter.malformed("cannot be combined with " + AFTER);
          });
    } else if (after != null) {
      attempt(AFTER, () -> start.add(new OrderQuery.Start.After(Cursor.decode(after, sort))));
    } else {
      start.add(
          number == null ? new OrderQuery.Start.First() : new OrderQuery.Start.Numbered(number));
    }
    if (!violations.isEmpty()) {
      throw Rejected.parameters(violations);
    }
    exact.forEach(
        (attribute, values) -> filters.add(new Filter.OneOf(attribute, List.copyOf(values))));
    if (!itemStates.isEmpty()) {
      filters.add(new Filter.ItemsIn(Set.copyOf(itemStates)));
    }
    return new OrderQuery(
        List.copyOf(filters),
        sort,
        Set.copyOf(includes),
        new Fields(fields),
        size == null ? SIZE_DEFAULT : size,
        start.getFirst());
  }

  /** The names of the same kind, such as the filters; all of them if it is of no kind. */
  private static List<String> allowedInsteadOf(String name) {
    for (int end = name.lastIndexOf('['); end > 0; end = name.lastIndexOf('[', end - 1)) {
      var stem = name.substring(0, end + 1);
      var group =
          READERS.keySet().stream()
              .filter(known -> known.startsWith(stem) && known.indexOf('[', stem.length()) < 0)
              .toList();
      if (!group.isEmpty()) {
        return group;
      }
    }
    return READERS.keySet().stream().filter(known -> !known.contains("][")).toList();
  }

  private static Map<String, Reader> readers() {
    var readers = new LinkedHashMap<String, Reader>();
    for (var attribute : Filter.Exact.values()) {
      Reader reader =
          (query, value) ->
              query
                  .exact
                  .computeIfAbsent(attribute, a -> new LinkedHashSet<>())
                  .addAll(FilterParser.exact(attribute, value));
      readers.put("filter[%s]".formatted(attribute.wire()), reader);
      readers.put(attribute.wire(), reader);
    }
    readers.put(
        "filter[items.state]",
        (query, value) -> query.itemStates.addAll(FilterParser.itemStates(value)));
    Attribute.COMPARABLE.forEach(attribute -> addComparisons(readers, attribute));
    readers.put("filter[meta]", (query, value) -> query.filters.add(FilterParser.meta(value)));
    readers.put(
        "filter[has_available_items]",
        (query, value) -> query.filters.add(new Filter.AvailableItems(Values.bool(value))));
    readers.put(
        "include",
        (query, value) ->
            Values.names(value).forEach(n -> query.includes.add(OrderQuery.Include.parse(n))));
    for (var resource : Resource.values()) {
      readers.put(
          "fields[%s]".formatted(resource.wire()),
          (query, value) ->
              query
                  .fields
                  .computeIfAbsent(resource, r -> new HashSet<>())
                  .addAll(Fields.parse(resource, value)));
    }
    readers.put("sort", (query, value) -> query.sort = Sort.parse(value));
    SIZE_NAMES.forEach(name -> readers.put(name, OrderQueryParser::readSize));
    readers.put(AFTER, (query, value) -> query.after = value);
    readers.put(
        NUMBER, (query, value) -> query.number = Values.integer(value, 1, Integer.MAX_VALUE));
    return readers;
  }

  private static void addComparisons(Map<String, Reader> readers, Attribute attribute) {
    var name = "filter[%s]".formatted(attribute.wire());
    readers.put(
        name, (query, value) -> query.filters.addAll(FilterParser.compare(attribute, value)));
    for (var operator : Operator.values()) {
      readers.put(
          "%s[%s]".formatted(name, operator.wire()),
          (query, value) -> query.filters.addAll(FilterParser.compare(attribute, operator, value)));
    }
  }

  private static void readSize(OrderQueryParser query, String value) {
    if (query.size != null) {
      throw BadParameter.malformed(
          "the page's size was sent more than once; send one of " + String.join(", ", SIZE_NAMES));
    }
    query.size = Values.integer(value, 1, SIZE_MAX);
  }
}
