package dev.orderly.api.rest.contract;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.internal.net.RFC3986;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is served at which path, as a tree of the paths' segments: a look-up costs a step for each
 * segment, however many paths there are. A literal segment goes before a parameter. A slash at the
 * end of a path means nothing.
 *
 * @param <T> what is served
 */
public final class PathTree<T> {
  private final Node<T> root = new Node<>();

  /**
   * @param parameters by name, decoded
   */
  public record Match<T>(T served, Map<String, String> parameters) {}

  private record Leaf<T>(T served, List<Parameter> parameters) {}

  private record Parameter(String name, int segment) {}

  private static final class Node<T> {
    final Map<String, Node<T>> literals = new HashMap<>();
    Node<T> parameter;
    final Map<HttpMethod, Leaf<T>> leaves = new HashMap<>();
  }

  /**
   * @param path absolute, with {@code {names}} as whole segments
   * @throws IllegalStateException if the place is taken
   */
  public void add(HttpMethod method, String path, T served) {
    var segments = segments(path);
    var parameters = new ArrayList<Parameter>();
    var node = root;
    for (int i = 0; i < segments.length; i++) {
      if (segments[i].startsWith("{")) {
        parameters.add(new Parameter(segments[i].substring(1, segments[i].length() - 1), i));
        node.parameter = node.parameter == null ? new Node<>() : node.parameter;
        node = node.parameter;
      } else {
        node = node.literals.computeIfAbsent(segments[i], literal -> new Node<>());
      }
    }
    if (node.leaves.put(method, new Leaf<>(served, List.copyOf(parameters))) != null) {
      throw new IllegalStateException("%s %s is served twice".formatted(method, path));
    }
  }

  /**
   * @param path normalized as RFC 3986 has it, its reserved characters still encoded
   * @return null if nothing is served there to that method
   * @throws IllegalArgumentException if a parameter cannot be decoded
   */
  public Match<T> find(HttpMethod method, String path) {
    var segments = segments(path);
    var leaf = find(root, method, segments, 0);
    return leaf == null ? null : new Match<>(leaf.served(), decode(leaf.parameters(), segments));
  }

  /**
   * @param path as in {@link #find}
   * @return the methods' names in order; empty if nothing is served there
   */
  public Set<String> methods(String path) {
    var names = new TreeSet<String>();
    collect(root, segments(path), 0, names);
    return names;
  }

  private static <T> Leaf<T> find(Node<T> node, HttpMethod method, String[] segments, int depth) {
    if (depth == segments.length) {
      return node.leaves.get(method);
    }
    var literal = node.literals.get(segments[depth]);
    var found = literal == null ? null : find(literal, method, segments, depth + 1);
    return found == null && node.parameter != null
        ? find(node.parameter, method, segments, depth + 1)
        : found;
  }

  private static <T> void collect(Node<T> node, String[] segments, int depth, Set<String> names) {
    if (depth == segments.length) {
      node.leaves.keySet().forEach(method -> names.add(method.name()));
      return;
    }
    var literal = node.literals.get(segments[depth]);
    if (literal != null) {
      collect(literal, segments, depth + 1, names);
    }
    if (node.parameter != null) {
      collect(node.parameter, segments, depth + 1, names);
    }
  }

  private static Map<String, String> decode(List<Parameter> parameters, String[] segments) {
    if (parameters.isEmpty()) {
      return Map.of();
    }
    var decoded = HashMap.<String, String>newHashMap(parameters.size());
    for (var parameter : parameters) {
      decoded.put(
          parameter.name(), RFC3986.decodeURIComponent(segments[parameter.segment()], false));
    }
    return decoded;
  }

  /** Of the root there is one, which is empty. */
  private static String[] segments(String path) {
    return path.substring(1).split("/");
  }
}
