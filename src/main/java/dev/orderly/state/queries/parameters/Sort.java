package dev.orderly.state.queries.parameters;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The order of a list. What lacks a value comes last whichever the direction; the id, in the last
 * term's direction, decides between equals.
 *
 * @param terms at least one, no attribute twice
 */
public record Sort(List<Term> terms) {
  public static final Sort DEFAULT =
      new Sort(List.of(new Term(Attribute.PRIORITY, true), new Term(Attribute.CREATED_AT, false)));

  public record Term(Attribute attribute, boolean descending) {
    String text() {
      return (descending ? "-" : "") + attribute.wire();
    }
  }

  public Sort {
    terms = List.copyOf(terms);
  }

  /**
   * @throws BadParameter if it names anything else than attributes, or one of them twice
   */
  static Sort parse(String value) {
    var terms = new ArrayList<Term>();
    var seen = EnumSet.noneOf(Attribute.class);
    for (var part : Values.list(value)) {
      boolean descending = part.startsWith("-");
      var term = new Term(attribute(descending ? part.substring(1) : part), descending);
      if (!seen.add(term.attribute())) {
        throw BadParameter.malformed("names %s twice".formatted(term.attribute().wire()));
      }
      terms.add(term);
    }
    return new Sort(terms);
  }

  private static Attribute attribute(String name) {
    return Arrays.stream(Attribute.values())
        .filter(attribute -> attribute.wire().equals(name))
        .findFirst()
        .orElseThrow(() -> BadParameter.unknownName(name, Attribute.names()));
  }

  /** As it is written in a request. */
  String text() {
    return terms.stream().map(Term::text).collect(Collectors.joining(","));
  }

  /** True if larger ids come first among equals: an index then serves it read backwards. */
  public boolean idDescending() {
    return terms.getLast().descending();
  }
}
