package bench;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/** Counts, while points are made, which windows must come out of them. */
final class Expected {
  private static final long PANE_MS = 10_000;
  private static final int PANES_PER_MINUTE = 6;

  private final int series;
  private final long start;
  private final List<BitSet> panes = new ArrayList<>();
  private double sum;
  private double lost;

  Expected(int series, long start) {
    if (start % PANE_MS != 0) throw new IllegalArgumentException("start is not at a full 10 s");
    this.series = series;
    this.start = start;
  }

  void add(int which, long at, double value) {
    int pane = (int) ((at - start) / PANE_MS);
    while (panes.size() <= pane) panes.add(new BitSet(series));
    panes.get(pane).set(which);
    double next = sum + value;
    lost += (Math.abs(sum) >= Math.abs(value)) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }

  String json(int points, int records) {
    long tens = 0;
    for (BitSet pane : panes) tens += pane.cardinality();
    long minutes = 0;
    for (int first = 1 - PANES_PER_MINUTE; first < panes.size(); first++) {
      BitSet window = new BitSet(series);
      for (int i = Math.max(0, first); i < Math.min(panes.size(), first + PANES_PER_MINUTE); i++)
        window.or(panes.get(i));
      minutes += window.cardinality();
    }
    return String.format(
        Locale.ROOT,
        "{\"points\":%d,\"records\":%d,\"definitions\":{%s,%s}}",
        points, records, entry("10s", tens, points, 1), entry("1m", minutes, points, PANES_PER_MINUTE));
  }

  private String entry(String name, long windows, int points, int times) {
    return String.format(
        Locale.ROOT,
        "\"%s\":{\"windows\":%d,\"count\":%d,\"sum\":%s}",
        name, windows, (long) points * times, Double.toString((sum + lost) * times));
  }
}
