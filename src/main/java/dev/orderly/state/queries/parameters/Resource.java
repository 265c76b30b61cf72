package dev.orderly.state.queries.parameters;

import dev.orderly.state.OrderJson;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The kinds of things in a list, the names of their fields on the wire, and their columns. */
public enum Resource {
  WORK_ORDERS(
      List.of(
          "id",
          "type",
          "type_version",
          "state",
          "priority",
          "requested_by_type",
          "requested_by_id",
          "payload",
          "meta",
          "depends_on",
          "item_counts",
          "error",
          "diff",
          "approved_by",
          "apply_attempts",
          "apply_next_at",
          "held_for_review",
          "reverts_order_id",
          "reverted_by",
          "review_due_at",
          "review_escalated_at",
          "approved_at",
          "applied_at",
          "completed_at",
          "last_transitioned_at",
          "created_at",
          "updated_at"),
      OrderJson.ORDER_COLUMNS,
      Set.of("payload", "meta", "diff"),
      // A diff can be large, and a list seldom needs it.
      Set.of("diff")),
  ITEMS(
      List.of(
          "id",
          "order_id",
          "type",
          "key",
          "state",
          "attempts",
          "max_attempts",
          "fence",
          "leased_by_agent_id",
          "lease_expires_at",
          "last_heartbeat_at",
          "heartbeats",
          "input",
          "result",
          "evidence",
          "notes",
          "error",
          "review_errors",
          "available_at",
          "held",
          "waits_for",
          "blocked_by",
          "submitted_by_agent_id",
          "submitted_at",
          "accepted_at",
          "diff",
          "applied_at",
          "completed_at",
          "created_at",
          "updated_at"),
      OrderJson.ITEM_COLUMNS,
      Set.of("input", "result", "evidence", "error", "review_errors", "diff"),
      Set.of()),
  EVENTS(
      List.of(
          "id",
          "order_id",
          "item_id",
          "event",
          "actor_type",
          "actor_id",
          "payload",
          "diff",
          "message",
          "request_id",
          "created_at"),
      OrderJson.EVENT_COLUMNS,
      Set.of("payload", "diff"),
      Set.of());

  private final List<String> fields;
  private final List<String> columns;
  private final Set<String> documents;
  private final Set<String> onRequest;

  /**
   * @param documents the columns of JSON, whose field has the column's name and nothing else needs
   * @param onRequest the fields that a list shows only if asked for by name
   */
  Resource(List<String> fields, String columns, Set<String> documents, Set<String> onRequest) {
    this.fields = fields;
    this.columns = Arrays.stream(columns.split(",")).map(String::strip).toList();
    this.documents = documents;
    this.onRequest = onRequest;
  }

  /** Its name in {@code fields[…]}. */
  String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The names of its fields, all of them. */
  public List<String> fields() {
    return fields;
  }

  /** The fields that a list shows by itself. */
  Set<String> listed() {
    return fields.stream()
        .filter(field -> !onRequest.contains(field))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** A select list that gives every column, but null for documents that are not wanted. */
  String columns(Set<String> wanted) {
    return columns.stream()
        .map(
            column ->
                documents.contains(column) && !wanted.contains(column)
                    ? "null::jsonb as " + column
                    : column)
        .collect(Collectors.joining(", "));
  }
}
