package dev.orderly.types.declarative;

import dev.orderly.types.PartsSpec;
import dev.orderly.types.expression.JsonataExpression;
import dev.orderly.types.schema.CompiledSchema;
import java.util.List;

/**
 * What a file's section {@code parts} was compiled to.
 *
 * @param keys in the order of the file
 * @param required which keys are required beside those that say so; null if no others are
 * @param assemble null for the parts as they are
 * @param checks on the assembled result
 */
record DeclaredParts(
    List<DeclaredKey> keys,
    boolean only,
    int maxCount,
    int maxPartBytes,
    int maxTotalBytes,
    JsonataExpression required,
    JsonataExpression assemble,
    List<Rule> checks) {

  /**
   * @param schema null if the payload may be any object
   */
  record DeclaredKey(PartsSpec.Key key, CompiledSchema schema, List<Rule> checks) {}

  PartsSpec spec(DeclarativeType type) {
    return new PartsSpec(
        keys.stream().map(DeclaredKey::key).toList(),
        new DeclaredPartRules(type, this),
        only,
        maxCount,
        maxPartBytes,
        maxTotalBytes);
  }
}
