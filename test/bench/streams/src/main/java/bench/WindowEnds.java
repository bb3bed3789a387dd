package bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** When the input's time passed the end of a window (1 s, at full seconds) and its grace, in each partition. */
final class WindowEnds {
  private static final long SIZE_MS = 1_000;

  private final long graceMs;
  private final List<Map<Long, Long>> passed = new ArrayList<>();
  private final long[] highest;
  private volatile long from;

  WindowEnds(int partitions, long graceMs) {
    this.graceMs = graceMs;
    highest = new long[partitions];
    for (int p = 0; p < partitions; p++) passed.add(new ConcurrentHashMap<>());
  }

  /** Windows that end before, in event time, only warm up. */
  void countFrom(long time) {
    from = time;
  }

  /** A point of that time was acknowledged; called by the producer's thread alone, in order of each partition. */
  void acknowledged(int partition, long time, long now) {
    long watermark = time - graceMs;
    long before = highest[partition];
    if (watermark <= before) return;
    if (before > 0)
      for (long end = before / SIZE_MS * SIZE_MS + SIZE_MS; end <= watermark; end += SIZE_MS)
        passed.get(partition).put(end, now);
    highest[partition] = watermark;
  }

  /** When the last of the partitions passed it; null when it does not count, or none is known to have. */
  Long passed(long end) {
    if (end < from) return null;
    Long last = null;
    for (Map<Long, Long> of : passed) {
      Long at = of.get(end);
      if (at != null && (last == null || at > last)) last = at;
    }
    return last;
  }
}
