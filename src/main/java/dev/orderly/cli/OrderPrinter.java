package dev.orderly.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Prints orders for people. */
final class OrderPrinter {
  private static final List<String> FIELDS =
      List.of(
          "id",
          "type",
          "type_version",
          "state",
          "priority",
          "requested_by_id",
          "approved_by",
          "created_at",
          "approved_at",
          "applied_at",
          "completed_at",
          "review_due_at",
          "reverts_order_id",
          "reverted_by",
          "follows_order_id",
          "digest");

  private static final String HELD =
      "Its change is not the one that was approved: approve it once more, or revert it";

  private final PrintWriter out;

  OrderPrinter(PrintWriter out) {
    this.out = out;
  }

  /** A page of orders. */
  void list(JsonNode page) {
    if (page.path("data").isEmpty()) {
      out.println("No orders");
    }
    table(
        page.path("data"),
        List.of("ID", "TYPE", "STATE", "PRIORITY", "ITEMS", "CREATED"),
        order ->
            List.of(
                Printed.text(order, "id"),
                Printed.text(order, "type"),
                Printed.text(order, "state"),
                Printed.text(order, "priority"),
                Printed.text(order.path("item_counts"), "total"),
                Printed.text(order, "created_at")));
    if (page.at("/page/has_more").asBoolean()) {
      out.println();
      out.println("There are more: --after " + Printed.text(page.path("page"), "next"));
    }
  }

  /** An order with all that belongs to it. */
  void show(JsonNode order) {
    for (var field : FIELDS) {
      if (order.hasNonNull(field)) {
        out.println("%-16s %s".formatted(field, Printed.text(order, field)));
      }
    }
    out.println("%-16s %s".formatted("items", counts(order.path("item_counts"))));
    var approvals = order.path("approvals");
    if (approvals.path("required").asInt() > 1) {
      out.println(
          "%-16s %s of %s"
              .formatted(
                  "approvals",
                  Printed.text(approvals, "given"),
                  Printed.text(approvals, "required")));
    }
    if (order.path("held_for_review").asBoolean()) {
      out.println(HELD);
    }
    json("error", order.path("error"));
    json("payload", order.path("payload"));
    json("diff", order.path("diff"));
    section("Items", order.path("items"));
    table(
        order.path("items"),
        List.of("ID", "STATE", "ATTEMPTS", "AGENT", "KEY"),
        item ->
            List.of(
                Printed.text(item, "id"),
                state(item),
                Printed.text(item, "attempts") + "/" + Printed.text(item, "max_attempts"),
                agent(item),
                Printed.text(item, "key")));
    section("Latest events", order.path("events"));
    table(
        order.path("events"),
        List.of("TIME", "EVENT", "ACTOR", "ITEM", "MESSAGE"),
        event ->
            List.of(
                Printed.text(event, "created_at"),
                Printed.text(event, "event"),
                Printed.text(event, "actor_type") + ":" + Printed.text(event, "actor_id"),
                Printed.text(event, "item_id"),
                Printed.text(event, "message")));
  }

  /** An order after a command. */
  void moved(JsonNode order) {
    out.println(
        "Order %s is %s".formatted(Printed.text(order, "id"), Printed.text(order, "state")));
  }

  /** The answer to an approval. */
  void approved(JsonNode answer) {
    var order = answer.path("order");
    moved(order);
    var approvals = answer.path("approvals");
    if (approvals.path("given").asInt() < approvals.path("required").asInt()) {
      out.println(
          "It has %s of the %s approvals that it needs"
              .formatted(Printed.text(approvals, "given"), Printed.text(approvals, "required")));
    } else if (answer.has("diff")) {
      if (order.path("held_for_review").asBoolean()) {
        out.println(HELD);
      }
      json("diff", answer.path("diff"));
    } else if (order.path("state").asText().equals("approved")) {
      out.println(
          "Its change is still under way; see: orderly orders show " + Printed.text(order, "id"));
    } else {
      json("error", order.path("error"));
    }
  }

  /** What a change is going to be. */
  void preview(JsonNode preview) {
    out.println("Foretold by %s".formatted(Printed.text(preview, "predicted_by")));
    if (preview.path("hold_on_difference").asBoolean()) {
      out.println(
          "A change that differs is held; approve this one with --prediction "
              + Printed.text(preview, "digest"));
    }
    json("diff", preview.path("diff"));
  }

  private static String state(JsonNode item) {
    int waitsFor = item.path("waits_for").asInt();
    var state = Printed.text(item, "state");
    return waitsFor == 0 ? state : "%s, waits for %d".formatted(state, waitsFor);
  }

  private static String agent(JsonNode item) {
    return Printed.text(
        item,
        item.hasNonNull("leased_by_agent_id") ? "leased_by_agent_id" : "submitted_by_agent_id");
  }

  private static String counts(JsonNode counts) {
    var parts = new ArrayList<String>();
    counts
        .properties()
        .forEach(
            count -> {
              if (count.getValue().asLong() > 0 && !count.getKey().equals("total")) {
                parts.add(count.getValue().asLong() + " " + Printed.plain(count.getKey()));
              }
            });
    return parts.isEmpty() ? "-" : String.join(", ", parts);
  }

  private void json(String name, JsonNode node) {
    if (!node.isMissingNode() && !node.isNull()) {
      out.println();
      out.print(name + " ");
      Printed.json(out, node);
    }
  }

  private void section(String title, JsonNode rows) {
    if (!rows.isEmpty()) {
      out.println();
      out.println(title);
    }
  }

  private void table(JsonNode nodes, List<String> heading, Function<JsonNode, List<String>> row) {
    if (nodes.isEmpty()) {
      return;
    }
    var rows = new ArrayList<List<String>>();
    nodes.forEach(node -> rows.add(row.apply(node)));
    Printed.table(out, heading, rows);
  }
}
