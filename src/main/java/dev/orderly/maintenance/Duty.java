package dev.orderly.maintenance;

/** Something that one node of the cluster does from time to time. */
public interface Duty {

  /** Unique, and the same on every node. */
  String name();

  /**
   * Does what is due, in transactions of its own; runs on a virtual thread and may await. Two nodes
   * may run it at once if one loses its connection, so its statements must bear that.
   *
   * @return how many things it handled
   */
  long run();
}
