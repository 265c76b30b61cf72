package dev.orderly.api.rest.contract;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The API's contract, {@code openapi.yaml}, under the base path at which this node serves it. */
public final class Contract {
  private static final String RESOURCE = "/openapi.yaml";
  private static final String WRITTEN_BASE_PATH = "/agent/work";

  private final String yaml;
  private final List<OperationSpec> operations;

  private Contract(String yaml, List<OperationSpec> operations) {
    this.yaml = yaml;
    this.operations = List.copyOf(operations);
  }

  /** Reads and checks the contract; takes some 100 ms, so share it between verticles. */
  public static Future<Contract> load(Vertx vertx, String basePath) {
    return vertx
        .executeBlocking(() -> read().replace(WRITTEN_BASE_PATH, basePath))
        .compose(
            yaml ->
                vertx
                    .executeBlocking(() -> readable(parse(yaml), basePath))
                    .compose(document -> OpenAPIContract.from(vertx, document))
                    .map(contract -> new Contract(yaml, operations(contract))));
  }

  /** The contract as text, with the live base path. */
  public String yaml() {
    return yaml;
  }

  public List<OperationSpec> operations() {
    return operations;
  }

  private static String read() throws IOException {
    try (var in = Contract.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the contract is missing from the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @SuppressWarnings("unchecked")
  private static JsonObject parse(String yaml) {
    try {
      return new JsonObject(
          (Map<String, Object>) new ObjectMapper(new YAMLFactory()).readValue(yaml, Map.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The document as the library can read it: it knows neither servers of single paths nor problem
   * documents nor bodies of any kind, so paths are made absolute, and responses and such bodies,
   * which no request is held against, go.
   */
  private static JsonObject readable(JsonObject document, String basePath) {
    var paths = new LinkedHashMap<String, Object>();
    for (var path : document.getJsonObject("paths")) {
      var item = (JsonObject) path.getValue();
      boolean atRoot = item.remove("servers") != null;
      for (var member : item) {
        if (member.getValue() instanceof JsonObject operation) {
          if (operation.getBoolean(OperationSpec.STREAM, false)) {
            operation.remove("requestBody");
          }
          operation.put(
              "responses",
              new JsonObject().put("default", new JsonObject().put("description", "")));
        }
      }
      paths.put(atRoot ? path.getKey() : basePath + path.getKey(), item);
    }
    document.put("paths", new JsonObject(paths));
    document.remove("servers");
    document.getJsonObject("components").remove("responses");
    return document;
  }

  private static List<OperationSpec> operations(OpenAPIContract contract) {
    var specs = new ArrayList<OperationSpec>();
    for (var path : contract.getPaths()) {
      for (var operation : path.getOperations()) {
        specs.add(OperationSpec.of(path.getName(), operation));
      }
    }
    return specs;
  }
}
