package dev.orderly.leasing.limits;

/** What an agent or a type may still be given in this transaction. */
public final class Room {
  private final Integer most;
  private final Double perSecond;
  private int leases;
  private double tokens;
  private boolean charged;

  /**
   * @param most live leases allowed; null for any number
   * @param live leases that there are
   * @param perSecond items per second; null for any number
   * @param tokens how many of these are left just now
   */
  Room(Integer most, int live, Double perSecond, double tokens) {
    this.most = most;
    this.perSecond = perSecond;
    this.leases = most == null ? Integer.MAX_VALUE : most - live;
    this.tokens = tokens;
  }

  static Room unlimited() {
    return new Room(null, 0, null, 0);
  }

  /** Whether as many leases are live as may be. */
  public boolean full() {
    return leases <= 0;
  }

  /** Whether the next item has to wait for its second. */
  public boolean tooFast() {
    return perSecond != null && tokens < 1;
  }

  /** Whether another item may be given. */
  public boolean open() {
    return !full() && !tooFast();
  }

  /** How many items may be given at most. */
  public int left() {
    int byRate = perSecond == null ? Integer.MAX_VALUE : (int) tokens;
    return Math.max(0, Math.min(leases, byRate));
  }

  /** An item is given. */
  public void take() {
    leases--;
    if (perSecond != null) {
      tokens--;
      charged = true;
    }
  }

  /** The live leases allowed; not to be asked if there is no such limit. */
  public int most() {
    return most;
  }

  /** The items per second allowed; not to be asked if there is no such limit. */
  public double perSecond() {
    return perSecond;
  }

  /** When the next item may be given, if it is {@link #tooFast} now. */
  public long waitMillis() {
    return (long) Math.ceil((1 - tokens) / perSecond * 1000);
  }

  boolean charged() {
    return charged;
  }

  double tokens() {
    return Math.max(0, tokens);
  }

  /** How many items may be given at once after a pause. */
  static double burst(double perSecond) {
    return Math.max(1, Math.ceil(perSecond));
  }
}
