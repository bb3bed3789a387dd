package bench;

import java.util.concurrent.atomic.AtomicLongArray;

/** When each point was due, acknowledged and readable, in nanoseconds of one clock; the first ones only warm up. */
final class Points {
  final int rate;
  final int warm;
  final int total;
  private final AtomicLongArray acked;
  private final AtomicLongArray due;
  private final long[] seen;
  private int seenCount;
  private long duplicates;

  Points(int rate, int warm, int measured) {
    this.rate = rate;
    this.warm = warm;
    total = warm + measured;
    acked = new AtomicLongArray(total);
    due = new AtomicLongArray(total);
    seen = new long[total];
  }

  void due(int number, long at) {
    due.set(number, at);
  }

  void acknowledged(int number, long at) {
    acked.set(number, at);
  }

  /** Called by the reader's thread alone. */
  void seen(int number, long at) {
    if (number < 0 || number >= total) throw new IllegalStateException("a point that was not sent: " + number);
    if (seen[number] != 0) {
      duplicates++;
      return;
    }
    seen[number] = at;
    seenCount++;
  }

  boolean allSeen() {
    return seenCount == total;
  }

  int lost() {
    return total - seenCount;
  }

  long duplicates() {
    return duplicates;
  }

  /** Milliseconds of the measured points that came through; a reader may be faster than the acknowledgement. */
  double[] fromAcknowledged() {
    return times(acked);
  }

  /** Counts from when a point should have been sent, so that a stall of the sender shows in full. */
  double[] fromDue() {
    return times(due);
  }

  private double[] times(AtomicLongArray since) {
    double[] times = new double[total - warm];
    int count = 0;
    for (int i = warm; i < total; i++) if (seen[i] != 0) times[count++] = Math.max(0, (seen[i] - since.get(i)) / 1e6);
    return java.util.Arrays.copyOf(times, count);
  }
}
