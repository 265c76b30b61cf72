package dev.orderly.state.review;

import dev.orderly.bus.Bus;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.state.Commands;
import dev.orderly.state.Hooks;
import dev.orderly.state.SettledOrders;
import dev.orderly.state.StateMessages.Approve;
import dev.orderly.state.StateMessages.Reject;
import dev.orderly.state.review.ReviewMessages.AddComment;
import dev.orderly.state.review.ReviewMessages.ApproveItem;
import dev.orderly.state.review.ReviewMessages.RejectItem;
import java.util.UUID;

/** The review feature, put together. */
public final class ReviewService {
  private final ApproveOrder approveOrder;
  private final RejectOrder rejectOrder;
  private final ItemApproval approveItem;
  private final ItemRejection rejectItem;
  private final Comments comments;
  private final SystemApproval system;

  public ReviewService(
      Commands commands, KnownTypes types, Hooks hooks, Bus bus, SettledOrders settled) {
    this.approveOrder =
        new ApproveOrder(
            commands,
            new Basis.Types(commands, types, hooks, new ApprovedPrediction(bus)),
            bus,
            settled);
    this.rejectOrder = new RejectOrder(commands, bus);
    this.system = new SystemApproval(commands, approveOrder);
    var decided = new Decided(commands, system);
    this.approveItem = new ItemApproval(commands, bus, decided);
    this.rejectItem = new ItemRejection(commands, bus, decided);
    this.comments = new Comments(commands);
  }

  public Answer approve(Approve command) {
    return approveOrder.run(command);
  }

  public Answer reject(Reject command) {
    return rejectOrder.run(command);
  }

  public Answer approveItem(ApproveItem command) {
    return approveItem.run(command);
  }

  public Answer rejectItem(RejectItem command) {
    return rejectItem.run(command);
  }

  public Answer comment(AddComment command) {
    return comments.run(command);
  }

  /** Approves a submitted order if that is the system's to do. */
  public void consider(UUID order) {
    system.consider(order);
  }

  /** As {@link #consider}, all orders. */
  public void sweep() {
    system.sweep();
  }
}
