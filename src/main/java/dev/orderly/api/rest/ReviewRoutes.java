package dev.orderly.api.rest;

import dev.orderly.api.rest.handling.Answers;
import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.IfMatch;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.auth.Scope;
import dev.orderly.bus.Bus;
import dev.orderly.state.review.ReviewMessages;
import dev.orderly.state.review.ReviewMessages.AddComment;
import dev.orderly.state.review.ReviewMessages.ApproveItem;
import dev.orderly.state.review.ReviewMessages.ListComments;
import dev.orderly.state.review.ReviewMessages.RejectItem;
import io.vertx.core.Future;
import java.util.Map;
import java.util.UUID;

/** Reviewing item by item, and comments. */
final class ReviewRoutes {
  private final Bus bus;

  ReviewRoutes(Bus bus) {
    this.bus = bus;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of(
        "approveItem", this::approveItem,
        "rejectItem", this::rejectItem,
        "addComment", this::addComment,
        "listComments", this::listComments);
  }

  private Future<Reply> approveItem(Call call) {
    var command =
        new ApproveItem(
            call.caller(),
            call.principal().agents(),
            call.id("item"),
            IfMatch.read(call),
            call.body().getString("notes"),
            call.idempotency());
    return bus.call(ReviewMessages.APPROVE_ITEM, command).map(Answers::encode);
  }

  private Future<Reply> rejectItem(Call call) {
    var body = call.body();
    var command =
        new RejectItem(
            call.caller(),
            call.id("item"),
            OrderRoutes.violations(body.getJsonArray("errors")),
            body.getBoolean("allow_rework", false),
            IfMatch.read(call),
            call.idempotency());
    return bus.call(ReviewMessages.REJECT_ITEM, command).map(Answers::encode);
  }

  private Future<Reply> addComment(Call call) {
    var body = call.body();
    var principal = call.principal();
    var item = body.getString("item_id");
    var command =
        new AddComment(
            call.caller(),
            principal.may(Scope.APPROVE) || principal.may(Scope.REJECT),
            principal.may(Scope.PROPOSE),
            principal.may(Scope.CHECKOUT) || principal.may(Scope.SUBMIT),
            call.id("order"),
            item == null ? null : UUID.fromString(item),
            body.getString("pointer"),
            body.getString("text"),
            call.idempotency());
    return bus.call(ReviewMessages.ADD_COMMENT, command).map(Answers::encode);
  }

  private Future<Reply> listComments(Call call) {
    var size = call.query("page[size]");
    var query =
        new ListComments(
            call.caller().tenant(),
            call.id("order"),
            call.query("page[after]"),
            size == null ? OrderRoutes.DEFAULT_PAGE : Integer.parseInt(size));
    return bus.call(ReviewMessages.LIST_COMMENTS, query).map(page -> Reply.json(200, page.body()));
  }
}
