package dev.orderly.state.queries.parameters;

import io.vertx.core.json.JsonObject;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which fields are shown.
 *
 * @param chosen names by resource; a resource that is absent shows what a list shows by itself
 */
public record Fields(Map<Resource, Set<String>> chosen) {
  private static final String ID = "id";

  public Fields {
    chosen = Map.copyOf(chosen);
  }

  /** Every field there is. */
  public static Fields all() {
    var all = new EnumMap<Resource, Set<String>>(Resource.class);
    for (var resource : Resource.values()) {
      all.put(resource, Set.copyOf(resource.fields()));
    }
    return new Fields(all);
  }

  /**
   * @throws BadParameter if it names a field that the resource does not have
   */
  static Set<String> parse(Resource resource, String value) {
    var names = new HashSet<String>();
    for (var name : Values.names(value)) {
      if (!resource.fields().contains(name)) {
        throw BadParameter.unknownName(name, resource.fields());
      }
      names.add(name);
    }
    return names;
  }

  public String columns(Resource resource) {
    return resource.columns(wanted(resource));
  }

  /** Takes away what is not wanted; the id always stays. */
  public JsonObject keep(Resource resource, JsonObject json) {
    var wanted = wanted(resource);
    json.getMap().keySet().removeIf(name -> !name.equals(ID) && !wanted.contains(name));
    return json;
  }

  private Set<String> wanted(Resource resource) {
    var names = chosen.get(resource);
    return names == null ? resource.listed() : names;
  }
}
