package bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Both definitions over shared panes of 10 s: one update per point, and a merge of six panes when a
 * minute closes (Li et al. 2005, "No Pane, No Gain").
 */
final class PaneProcessor implements Processor<byte[], Point, byte[], byte[]> {
  private static final long PANE_MS = 10_000;
  private static final long MINUTE_MS = 60_000;
  private static final long GRACE_MS = 5_000;

  private final Function<ProcessorContext<byte[], byte[]>, Panes> open;
  private final TreeSet<Long> starts = new TreeSet<>();
  private final WindowRecord tenSeconds = new WindowRecord("10s", PANE_MS);
  private final WindowRecord minute = new WindowRecord("1m", MINUTE_MS);
  private ProcessorContext<byte[], byte[]> context;
  private Panes panes;
  private long streamTime = Long.MIN_VALUE;
  private long newest = Long.MIN_VALUE;
  private long nextEnd = Long.MAX_VALUE;

  PaneProcessor(Function<ProcessorContext<byte[], byte[]>, Panes> open) {
    this.open = open;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> given) {
    context = given;
    panes = open.apply(given);
    panes.starts().forEach(starts::add);
    if (!starts.isEmpty()) nextEnd = Math.max(panes.closedUpTo(), starts.first()) + PANE_MS;
  }

  @Override
  public void process(Record<byte[], Point> record) {
    long at = record.value().at();
    if (at > streamTime) {
      streamTime = at;
      if (at - GRACE_MS >= nextEnd) close(at - GRACE_MS);
    }
    long pane = at - Math.floorMod(at, PANE_MS);
    // What is late for its last window counts nowhere.
    if (pane + MINUTE_MS <= streamTime - GRACE_MS) return;
    if (pane != newest && starts.add(pane)) nextEnd = Math.min(nextEnd, pane + PANE_MS);
    newest = pane;
    panes.add(pane, record.key(), record.value().value(), at);
  }

  /** Emits every window that ends up to the watermark, then drops the panes that no window needs. */
  private void close(long watermark) {
    long end = nextEnd;
    for (; end <= watermark && !starts.isEmpty(); end += PANE_MS) {
      emit(tenSeconds, end - PANE_MS, end, watermark);
      emit(minute, end - MINUTE_MS, end, watermark);
      while (!starts.isEmpty() && starts.first() + MINUTE_MS <= end) panes.drop(starts.pollFirst());
    }
    panes.closedUpTo(end - PANE_MS);
    nextEnd = starts.isEmpty() ? Long.MAX_VALUE : end;
  }

  private void emit(WindowRecord record, long start, long end, long watermark) {
    Map<Bytes, Aggregate> merged = new LinkedHashMap<>();
    for (long pane : starts.subSet(start, end))
      panes.forEach(pane, (series, held) -> merged.computeIfAbsent(series, key -> new Aggregate()).merge(held));
    merged.forEach((series, aggregate) ->
        context.forward(new Record<>(
            WindowRecord.key(series.get()), record.write(series.get(), start, aggregate, watermark), end)));
  }
}
