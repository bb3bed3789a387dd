package bench;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Panes in a key-value store of Kafka Streams, as the Processor API's documentation does it. */
final class StorePanes implements Panes {
  private static final Bytes CLOSED = key(Long.MAX_VALUE, new byte[0]);

  private final KeyValueStore<Bytes, byte[]> store;

  StorePanes(KeyValueStore<Bytes, byte[]> store) {
    this.store = store;
  }

  static Bytes key(long pane, byte[] series) {
    return Bytes.wrap(ByteBuffer.allocate(8 + series.length).putLong(pane).put(series).array());
  }

  @Override
  public void add(long pane, byte[] series, double value, long at) {
    Bytes key = key(pane, series);
    byte[] held = store.get(key);
    Aggregate aggregate = held == null ? new Aggregate() : Aggregate.fromBytes(held);
    store.put(key, aggregate.add(value, at).toBytes());
  }

  @Override
  public void forEach(long pane, BiConsumer<Bytes, Aggregate> take) {
    try (KeyValueIterator<Bytes, byte[]> held = range(pane)) {
      while (held.hasNext()) {
        KeyValue<Bytes, byte[]> next = held.next();
        byte[] key = next.key.get();
        take.accept(Bytes.wrap(Arrays.copyOfRange(key, 8, key.length)), Aggregate.fromBytes(next.value));
      }
    }
  }

  @Override
  public void drop(long pane) {
    List<Bytes> keys = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> held = range(pane)) {
      while (held.hasNext()) keys.add(held.next().key);
    }
    keys.forEach(store::delete);
  }

  @Override
  public Iterable<Long> starts() {
    TreeSet<Long> starts = new TreeSet<>();
    try (KeyValueIterator<Bytes, byte[]> held = store.all()) {
      while (held.hasNext()) {
        Bytes key = held.next().key;
        if (!key.equals(CLOSED)) starts.add(ByteBuffer.wrap(key.get()).getLong());
      }
    }
    return starts;
  }

  @Override
  public long closedUpTo() {
    byte[] end = store.get(CLOSED);
    return end == null ? Long.MIN_VALUE : ByteBuffer.wrap(end).getLong();
  }

  @Override
  public void closedUpTo(long end) {
    store.put(CLOSED, ByteBuffer.allocate(8).putLong(end).array());
  }

  private KeyValueIterator<Bytes, byte[]> range(long pane) {
    return store.range(key(pane, new byte[0]), key(pane + 1, new byte[0]));
  }
}
