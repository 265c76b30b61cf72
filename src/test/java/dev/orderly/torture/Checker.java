package dev.orderly.torture;

import dev.orderly.torture.Rule.Broken;
import java.util.ArrayList;
import java.util.List;

/** Every rule that a history must satisfy. */
final class Checker {
  private final List<Rule> rules;

  /**
   * @param reclaim as it is configured for the run
   * @param limits those that the run's types have
   */
  Checker(ReclaimRule reclaim, List<Rule> limits) {
    var all =
        new ArrayList<Rule>(
            List.<Rule>of(
                LeaseRules::oneHolder,
                LeaseRules::fencesRise,
                LeaseRules::lostHoldersChangeNothing,
                LeaseRules::othersChangeNothing,
                LeaseRules::lossesAreTrue,
                StoreRules::answersAreKept,
                StoreRules::resultsAreKept,
                StoreRules::proposalsAreKept,
                StoreRules::appliedOnce,
                StoreRules::legalTransitions,
                reclaim));
    all.addAll(limits);
    this.rules = List.copyOf(all);
  }

  /** Empty if nothing is wrong. */
  List<Broken> check(History history) {
    return rules.stream().flatMap(rule -> rule.check(history).stream()).toList();
  }
}
