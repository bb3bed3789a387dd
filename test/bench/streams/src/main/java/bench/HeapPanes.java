package bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;

/**
 * Panes as plain objects on the heap, written behind: at each commit, what changed goes into a logged
 * in-memory store below. A point costs one look-up by hash and no serialisation. The hook before a
 * commit is an internal interface of Kafka Streams; the public one cannot do this.
 */
final class HeapPanes implements Panes, StateStore, CachedStateStore<Bytes, byte[]> {
  private static final class Held {
    final Aggregate aggregate = new Aggregate();
    boolean changed;
  }

  private final KeyValueStore<Bytes, byte[]> below;
  private final StorePanes saved;
  private final Map<Long, Map<Bytes, Held>> panes = new HashMap<>();
  private final Set<Long> dropped = new HashSet<>();
  private long closed = Long.MIN_VALUE;

  HeapPanes(KeyValueStore<Bytes, byte[]> below) {
    this.below = below;
    this.saved = new StorePanes(below);
  }

  @Override
  public void add(long pane, byte[] series, double value, long at) {
    Held held = panes.computeIfAbsent(pane, start -> new HashMap<>())
        .computeIfAbsent(Bytes.wrap(series), key -> new Held());
    held.aggregate.add(value, at);
    held.changed = true;
  }

  @Override
  public void forEach(long pane, BiConsumer<Bytes, Aggregate> take) {
    panes.getOrDefault(pane, Map.of()).forEach((series, held) -> take.accept(series, held.aggregate));
  }

  @Override
  public void drop(long pane) {
    if (panes.remove(pane) != null) dropped.add(pane);
  }

  /** Takes over what the store below was restored to. */
  @Override
  public Iterable<Long> starts() {
    for (long start : saved.starts()) {
      Map<Bytes, Held> pane = panes.computeIfAbsent(start, key -> new HashMap<>());
      saved.forEach(start, (series, aggregate) -> {
        Held held = new Held();
        held.aggregate.merge(aggregate);
        pane.put(series, held);
      });
    }
    closed = saved.closedUpTo();
    return new ArrayList<>(panes.keySet());
  }

  @Override
  public long closedUpTo() {
    return closed;
  }

  @Override
  public void closedUpTo(long end) {
    closed = end;
  }

  @Override
  public void flushCache() {
    dropped.forEach(saved::drop);
    dropped.clear();
    panes.forEach((start, pane) -> pane.forEach((series, held) -> {
      if (!held.changed) return;
      below.put(StorePanes.key(start, series.get()), held.aggregate.toBytes());
      held.changed = false;
    }));
    if (closed != Long.MIN_VALUE && closed != saved.closedUpTo()) saved.closedUpTo(closed);
  }

  @Override
  public boolean setFlushListener(CacheFlushListener<Bytes, byte[]> listener, boolean sendOldValues) {
    return false;
  }

  @Override
  public void clearCache() {
    panes.clear();
    dropped.clear();
  }

  @Override
  public String name() {
    return below.name();
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    below.init(context, root);
  }

  @Override
  public void flush() {
    flushCache();
    below.flush();
  }

  @Override
  public void close() {
    below.close();
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return below.isOpen();
  }
}
