package dev.orderly.torture;

import java.util.List;

/** Something that must hold for every history. */
interface Rule {

  /**
   * A history that a correct system cannot have.
   *
   * @param subject the item or order that shows it
   */
  record Broken(String rule, String subject, String what) {}

  List<Broken> check(History history);
}
