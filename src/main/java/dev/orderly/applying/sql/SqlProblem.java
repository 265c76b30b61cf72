package dev.orderly.applying.sql;

import io.vertx.pgclient.PgException;

/**
 * A statement of a type that its database refuses.
 *
 * @param pointer to the statement in its type's declaration
 * @param text the statement as declared
 * @param line of the statement on which the fault lies, from 0
 */
record SqlProblem(String pointer, String text, int line, String cause) {

  /**
   * @param sent the statement as the database saw it
   * @param linesBefore how many lines that has before the declared ones
   */
  static SqlProblem of(
      String pointer, String text, String sent, int linesBefore, PgException refusal) {
    int line = Math.max(0, line(sent, refusal.getPosition()) - linesBefore);
    return new SqlProblem(pointer, text, line, refusal.getErrorMessage());
  }

  /**
   * @param position in characters from 1, as PostgreSQL counts them; null if it gives none
   */
  private static int line(String sent, String position) {
    if (position == null) {
      return 0;
    }
    int before = Math.min(Integer.parseInt(position) - 1, sent.codePointCount(0, sent.length()));
    var start = sent.substring(0, sent.offsetByCodePoints(0, before));
    return (int) start.chars().filter(c -> c == '\n').count();
  }
}
