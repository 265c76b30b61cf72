package dev.orderly;

/** The program's entry. */
public final class Orderly {
  private Orderly() {}

  public static void main(String[] args) {
    if (args.length > 0 && args[0] instanceof String s && !s.isEmpty()) {
      System.out.println(s);
    }
  }
}
