package dev.orderly.types;

import dev.orderly.types.json.PlainJson;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Applies JSON Patches as RFC 6902 says, for tests: add, remove and replace. */
final class Patches {
  private Patches() {}

  static Object apply(Object document, JsonArray patch) {
    var root = new JsonArray().add(PlainJson.json(document));
    for (int i = 0; i < patch.size(); i++) {
      change(root, patch.getJsonObject(i));
    }
    return root.getValue(0);
  }

  private static void change(JsonArray root, JsonObject change) {
    Object at = root;
    // The document is the only element of the root.
    var steps = ("/0" + change.getString("path")).split("/", -1);
    for (int i = 1; i < steps.length - 1; i++) {
      at = child(at, unescaped(steps[i]));
    }
    var last = unescaped(steps[steps.length - 1]);
    var value = change.getValue("value");
    switch (change.getString("op")) {
      case "add" -> add(at, last, value);
      case "remove" -> remove(at, last);
      case "replace" -> {
        remove(at, last);
        add(at, last, value);
      }
      default -> throw new AssertionError("no such operation: " + change);
    }
    if (!change.containsKey("value") && !change.getString("op").equals("remove")) {
      throw new AssertionError("a change without its value: " + change);
    }
  }

  private static String unescaped(String step) {
    return step.replace("~1", "/").replace("~0", "~");
  }

  private static Object child(Object at, String step) {
    if (at instanceof JsonArray array) {
      return array.getValue(index(step, array.size() - 1));
    }
    var object = (JsonObject) at;
    require(object.containsKey(step), step);
    return object.getValue(step);
  }

  private static void add(Object at, String step, Object value) {
    if (at instanceof JsonArray array) {
      int index = step.equals("-") ? array.size() : index(step, array.size());
      array.add(index, value);
    } else {
      ((JsonObject) at).put(step, value);
    }
  }

  private static void remove(Object at, String step) {
    if (at instanceof JsonArray array) {
      array.remove(index(step, array.size() - 1));
    } else {
      require(((JsonObject) at).containsKey(step), step);
      ((JsonObject) at).remove(step);
    }
  }

  private static int index(String step, int last) {
    require(step.matches("0|[1-9][0-9]*") && Integer.parseInt(step) <= last, step);
    return Integer.parseInt(step);
  }

  private static void require(boolean holds, String step) {
    if (!holds) {
      throw new AssertionError("the path leads nowhere at " + step);
    }
  }
}
