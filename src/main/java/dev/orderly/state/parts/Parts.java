package dev.orderly.state.parts;

import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.state.Commands;
import dev.orderly.state.Hooks;
import dev.orderly.state.PartLimits;
import dev.orderly.state.submit.SubmitItems;

/** The commands on parts, put together. */
public final class Parts {
  private final SubmitPart submit;
  private final FinalizeItem finish;

  /**
   * @param submits writes the results that parts are assembled to
   */
  public Parts(
      Commands commands,
      LeaseGuard guard,
      KnownTypes types,
      PartLimits limits,
      Hooks hooks,
      SubmitItems submits) {
    var held = new HeldParts(commands, guard, types, limits);
    this.submit = new SubmitPart(commands, held, hooks);
    this.finish = new FinalizeItem(commands, held, hooks, submits);
  }

  public Answer submit(PartMessages.SubmitPart command) {
    return submit.run(command);
  }

  public Answer finish(PartMessages.Finalize command) {
    return finish.run(command);
  }
}
