/** One line that is written over in a terminal; elsewhere a new line for each change. */
final class ProgressLine {
  private static final int TIME_COLUMNS = 7;
  private static final String COLUMNS = System.getenv().getOrDefault("COLUMNS", "");
  private static final int WIDTH = COLUMNS.matches("\\d{2,4}") ? Integer.parseInt(COLUMNS) : 80;

  private final boolean terminal = System.console() != null && System.console().isTerminal();
  private String last = "";
  private boolean open;

  void show(String line) {
    if (terminal) {
      System.out.print("\r\u001b[K" + line.substring(0, Math.min(line.length(), WIDTH - 1)));
      System.out.flush();
      open = true;
    } else if (!line.substring(TIME_COLUMNS).equals(last)) {
      System.out.println(line);
    }
    last = line.substring(TIME_COLUMNS);
  }

  /** Leaves what was shown last where it is. */
  void end() {
    if (open) {
      System.out.println();
      open = false;
    }
  }
}
