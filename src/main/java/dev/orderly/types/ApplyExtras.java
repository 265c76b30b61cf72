package dev.orderly.types;

import dev.orderly.types.ApplySpec.Expression;
import java.util.List;
import java.util.Map;

/**
 * What a type says of its change beside how it is made.
 *
 * @param perItem true if each accepted item's change is made by itself, as soon as it is accepted
 * @param hooks what is run once the order's change is recorded, in order
 * @param followUps gives the next orders, over {@code {order, items, diff}}; null if there are none
 */
public record ApplyExtras(boolean perItem, List<Hook> hooks, Expression followUps) {
  /** One change for the whole order, and nothing after it. */
  public static final ApplyExtras NONE = new ApplyExtras(false, List.of(), null);

  /** A change for each item, and nothing after the last. */
  public static final ApplyExtras PER_ITEM = new ApplyExtras(true, List.of(), null);

  public ApplyExtras {
    hooks = List.copyOf(hooks);
  }

  /** True if there is something to do once the change is recorded. */
  public boolean isFollowed() {
    return !hooks.isEmpty() || followUps != null;
  }

  /** Something to be done after a change; that it fails does not undo the change. */
  public sealed interface Hook {
    /** Its kind as files and events call it. */
    String kind();

    /** A signed POST, at least once. */
    record Webhook(ApplySpec.Webhook call) implements Hook {
      @Override
      public String kind() {
        return "webhook";
      }
    }

    /**
     * A statement with named parameters, exactly once.
     *
     * @param datasource {@code orderly} is the server's own database; others are configured by name
     */
    record Sql(String datasource, String statement, Map<String, Expression> params)
        implements Hook {
      @Override
      public String kind() {
        return "sql";
      }
    }
  }
}
