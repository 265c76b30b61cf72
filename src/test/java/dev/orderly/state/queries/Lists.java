package dev.orderly.state.queries;

import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Parameter;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Asks for lists as a request would. */
final class Lists {
  private final TestDatabase db;
  private final String tenant;

  Lists(TestDatabase db, String tenant) {
    this.db = db;
    this.tenant = tenant;
  }

  /** Parameters as they stand in a query string that is already decoded: name, value, name … */
  static List<Parameter> parameters(String... namesAndValues) {
    var parameters = new ArrayList<Parameter>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      parameters.add(new Parameter(namesAndValues[i], namesAndValues[i + 1]));
    }
    return parameters;
  }

  JsonObject page(String... namesAndValues) {
    return db.run(
            () ->
                new ListOrders(db.pool())
                    .run(new StateMessages.ListOrders(tenant, parameters(namesAndValues))))
        .body();
  }

  List<JsonObject> data(String... namesAndValues) {
    return page(namesAndValues).getJsonArray("data").stream().map(JsonObject.class::cast).toList();
  }

  List<UUID> ids(String... namesAndValues) {
    return ids(page(namesAndValues));
  }

  static List<UUID> ids(JsonObject page) {
    return page.getJsonArray("data").stream()
        .map(order -> UUID.fromString(((JsonObject) order).getString("id")))
        .toList();
  }
}
