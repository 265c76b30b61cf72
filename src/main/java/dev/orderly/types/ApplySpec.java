package dev.orderly.types;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** How an approved order's change is made. */
public sealed interface ApplySpec {

  /** Nothing is changed: the results themselves are the outcome. */
  record None(Expression summary) implements ApplySpec {}

  /**
   * Statements in one transaction against a datasource.
   *
   * @param datasource {@code orderly} is the server's own database; others are configured by name
   * @param setup statements that prepare the target, run once when the type is loaded; idempotent
   * @param before what the diff shows as the state before the statements
   * @param after and after them
   * @param summary one line for people; null means a count of the changes
   */
  record Sql(
      String datasource,
      List<String> setup,
      List<Step> steps,
      Snapshot before,
      Snapshot after,
      Expression summary)
      implements ApplySpec {

    /**
     * A statement with named parameters ({@code :name}), each the value of an expression, sent as
     * jsonb (objects, arrays) or text (all else; null stays null).
     *
     * @param name names the step's outcome in later expressions: {@code steps.<name>.rows}
     */
    public record Step(String name, String statement, Map<String, Expression> params) {}

    /** One side of a diff: either a query's rows, or an expression's value. */
    public sealed interface Snapshot {
      /**
       * @param key the column whose value names each row in the diff, or null for a list of rows
       */
      record Query(String sql, Map<String, Expression> params, String key) implements Snapshot {}

      record Value(Expression expression) implements Snapshot {}
    }
  }

  /**
   * A signed HTTP POST to a target that makes the change and answers with the diff.
   *
   * @param headers added as they stand; values may name environment variables as {@code ${NAME}}
   * @param secretName names the signing secret in the configuration, or null for unsigned
   * @param timeout for one try
   */
  record Webhook(String url, Map<String, String> headers, String secretName, Duration timeout)
      implements ApplySpec {}

  /** The type's own code. */
  record Java(JavaApply code) implements ApplySpec {}

  /** A JSONata expression that was compiled when the type was loaded. */
  interface Expression {
    /**
     * @param input the document it reads, JSON as objects, arrays, strings, numbers, booleans, null
     * @return the value, of the same kinds; null if there is none
     * @throws TypeFailure if it fails or takes too long
     */
    Object evaluate(JsonObject input);

    /** As it was written. */
    String source();
  }
}
