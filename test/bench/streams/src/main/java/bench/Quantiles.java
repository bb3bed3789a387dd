package bench;

import java.util.Arrays;
import java.util.Locale;

/** Quantiles by nearest rank, as JSON. */
final class Quantiles {
  private static final double[] OF = {0.5, 0.95, 0.99, 0.999};
  private static final String[] NAMES = {"p50", "p95", "p99", "p999"};

  private Quantiles() {}

  static String json(double[] times) {
    Arrays.sort(times);
    StringBuilder text = new StringBuilder("{\"count\":" + times.length);
    for (int i = 0; i < OF.length; i++)
      text.append(",\"").append(NAMES[i]).append("\":").append(times.length == 0 ? "null" : at(times, OF[i]));
    return text.append('}').toString();
  }

  private static String at(double[] sorted, double q) {
    return String.format(Locale.ROOT, "%.2f", sorted[(int) Math.ceil(q * sorted.length) - 1]);
  }
}
