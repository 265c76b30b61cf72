package dev.orderly.types.expression;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.Jsonata.EntryCallback;
import com.dashjoin.jsonata.Jsonata.ExitCallback;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.json.PlainJson;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * A compiled JSONata expression with a bound on its time and depth. Safe for many threads.
 *
 * <p>Beside JSONata's own functions it knows {@code $chunk(array, size)}: the array in slices of at
 * most that size.
 */
public final class JsonataExpression implements ApplySpec.Expression {
  static final Duration LONGEST = Duration.ofSeconds(2);
  static final int DEEPEST = 400;

  static {
    // Parses the library's one lazily made, unguarded static before any two threads can.
    Jsonata.jsonata("($f := $uppercase ~> $lowercase; $f('a'))").evaluate(null);
  }

  private final String place;
  private final String source;
  private final Jsonata compiled;
  private final Duration longest;

  private JsonataExpression(String place, String source, Jsonata compiled, Duration longest) {
    this.place = place;
    this.source = source;
    this.compiled = compiled;
    this.longest = longest;
  }

  /** The text is no JSONata. */
  public static final class Malformed extends Exception {
    private final int position;

    Malformed(String message, int position, Throwable cause) {
      super(message, cause);
      this.position = position;
    }

    /** How many characters of the text come before the fault; 0 if that is not known. */
    public int position() {
      return position;
    }
  }

  /**
   * @param place what the expression is for, as failures name it: {@code type a.b: plan}
   */
  public static JsonataExpression compile(String place, String source) throws Malformed {
    return compile(place, source, LONGEST);
  }

  static JsonataExpression compile(String place, String source, Duration longest) throws Malformed {
    try {
      // The parser stumbles over a comment that ends the text.
      var compiled = Jsonata.jsonata(source + "\n");
      // Both walk the whole input again; its conversion has already made sure.
      compiled.setValidateInput(false);
      compiled.setOutputConvertNulls(false);
      JsonataFunctions.checkKnown(source);
      return new JsonataExpression(place, source, compiled, longest);
    } catch (JException e) {
      var position = Math.clamp(e.getLocation(), 0, source.length());
      throw new Malformed("not valid JSONata: " + e.getMessage(), position, e);
    } catch (RuntimeException | StackOverflowError e) {
      // The parser answers some broken texts with its own exceptions.
      throw new Malformed("not valid JSONata: the text cannot be parsed (" + e + ")", 0, e);
    }
  }

  @Override
  public Object evaluate(JsonObject input) {
    return evaluatePlain(PlainJson.plain(input));
  }

  /**
   * @param document maps, lists and leaves only; not changed
   * @return the value as JSON; null if there is none
   */
  public Object evaluatePlain(Object document) {
    try {
      // The library keeps, per thread, the expression made last there and writes its scratch state
      // and clock to it. A fresh one keeps that state off the shared expression, which otherwise
      // would leak variables between threads, and makes $now() tell the present time.
      Jsonata.jsonata("$");
      var frame = compiled.createFrame();
      new Bounds(longest).guard(frame);
      JsonataFunctions.bind(frame);
      return PlainJson.json(compiled.evaluate(document, frame), this::leaf);
    } catch (TypeFailure e) {
      throw e;
    } catch (StackOverflowError e) {
      throw failure("it recurses too deeply", e);
    } catch (Exception e) {
      throw failure(e.getMessage() == null ? e.toString() : e.getMessage(), e);
    }
  }

  @Override
  public String source() {
    return source;
  }

  /** What the expression is for, as failures name it. */
  String place() {
    return place;
  }

  /**
   * A failure of this expression.
   *
   * @param why what led to it, or null
   */
  public TypeFailure failure(String cause, Throwable why) {
    return new TypeFailure(place + ": " + cause, why);
  }

  private Object leaf(Object value) {
    if (value == null || value == Jsonata.NULL_VALUE) {
      return null;
    }
    if (value instanceof Double d && !Double.isFinite(d)) {
      throw failure("the value holds a number that JSON cannot", null);
    }
    if (value instanceof String || value instanceof Boolean || value instanceof Number) {
      return value;
    }
    throw failure("the value holds a function, expected JSON", null);
  }

  /**
   * Stops an expression that runs away. The library's own bound counts one level too many for each
   * array of two or more elements and so refuses long, flat plans.
   */
  private static final class Bounds {
    private static final int ENTRIES_PER_CLOCK_READING = 64;

    private final Duration longest;
    private final long start = System.nanoTime();
    private int depth;
    private int entries;

    Bounds(Duration longest) {
      this.longest = longest;
    }

    void guard(Jsonata.Frame frame) {
      EntryCallback entry = (expression, input, environment) -> enter();
      ExitCallback exit = (expression, input, environment, result) -> depth--;
      frame.setEvaluateEntryCallback(entry);
      frame.setEvaluateExitCallback(exit);
    }

    private void enter() {
      if (++depth > DEEPEST) {
        throw new IllegalStateException("it recurses more than " + DEEPEST + " levels deep");
      }
      if (++entries % ENTRIES_PER_CLOCK_READING == 0
          && System.nanoTime() - start > longest.toNanos()) {
        throw new IllegalStateException("it took longer than " + longest.toMillis() + " ms");
      }
    }
  }
}
