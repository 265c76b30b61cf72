package dev.orderly.api.rest.contract;

import dev.orderly.auth.Scope;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.JsonSchema;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.MediaType;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.RequestBody;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the contract says of one operation.
 *
 * @param path absolute, with {@code {names}}
 * @param scope what a token needs; null if no token is needed
 * @param orScope does as well; null if none does
 * @param idempotency the name under which keys may be required; null if it takes no key
 * @param openQuery whether the operation itself decides which query parameters exist
 * @param upgrade whether it turns the connection into a WebSocket
 * @param stream whether it reads its body, of any kind, by itself
 * @param pathParameters by name
 * @param queryParameters by name, in the contract's order
 * @param body null if the operation takes none
 */
public record OperationSpec(
    String id,
    HttpMethod method,
    String path,
    Scope scope,
    Scope orScope,
    String idempotency,
    boolean openQuery,
    boolean upgrade,
    boolean stream,
    Map<String, SchemaCheck> pathParameters,
    Map<String, SchemaCheck> queryParameters,
    SchemaCheck body,
    boolean bodyRequired) {

  /** Marks operations that read their bodies by themselves. */
  static final String STREAM = "x-orderly-stream";

  static OperationSpec of(String path, Operation operation) {
    var model = operation.getOpenAPIModel();
    RequestBody body = operation.getRequestBody();
    return new OperationSpec(
        operation.getOperationId(),
        operation.getHttpMethod(),
        path,
        scope(operation),
        orScope(operation),
        model.getString("x-orderly-idempotency"),
        model.getBoolean("x-orderly-open-query", false),
        model.getBoolean("x-orderly-upgrade", false),
        model.getBoolean(STREAM, false),
        parameters(operation, Location.PATH),
        parameters(operation, Location.QUERY),
        body == null ? null : check(body.getContent().get(MediaType.APPLICATION_JSON).getSchema()),
        body != null && body.isRequired());
  }

  /** An operation that says nothing of security falls under the contract's own: admin. */
  private static Scope scope(Operation operation) {
    var requirements = operation.getSecurityRequirements();
    return requirements.isEmpty()
        ? null
        : scope(operation, requirements.getFirst().getScopes("bearer").getFirst());
  }

  /** A scope that does as well. */
  private static Scope orScope(Operation operation) {
    var name = operation.getOpenAPIModel().getString("x-orderly-or-scope");
    return name == null ? null : scope(operation, name);
  }

  private static Scope scope(Operation operation, String name) {
    return Scope.of(name)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "%s names an unknown scope %s".formatted(operation.getOperationId(), name)));
  }

  private static Map<String, SchemaCheck> parameters(Operation operation, Location in) {
    var found = new LinkedHashMap<String, SchemaCheck>();
    for (var parameter : operation.getParameters()) {
      if (parameter.getIn() == in) {
        found.put(parameter.getName(), check(parameter.getSchema()));
      }
    }
    return found;
  }

  private static SchemaCheck check(JsonSchema schema) {
    return new SchemaCheck((JsonObject) withoutMarks(new JsonObject(schema.toString())));
  }

  /** The contract's reader leaves marks of its own beside the keywords. */
  private static Object withoutMarks(Object schema) {
    if (schema instanceof JsonObject object) {
      object.fieldNames().removeIf(name -> name.startsWith("__absolute_"));
      object.forEach(member -> withoutMarks(member.getValue()));
    } else if (schema instanceof JsonArray array) {
      array.forEach(OperationSpec::withoutMarks);
    }
    return schema;
  }
}
