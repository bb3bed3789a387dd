package bench;

import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Source, pane processor and sink; the panes in a store of Streams or on the heap above one. */
final class PaneTopology {
  private static final String STORE = "panes";

  private PaneTopology() {}

  static Topology build(String input, Options options) {
    boolean onHeap = options.text("panes", "store").equals("heap");
    boolean cached = !onHeap && options.flag("cache", true);
    StoreBuilder<KeyValueStore<Bytes, byte[]>> store =
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.Bytes(), Serdes.ByteArray());
    store = options.flag("log", true) ? store.withLoggingEnabled(Map.of()) : store.withLoggingDisabled();
    store = cached ? store.withCachingEnabled() : store.withCachingDisabled();
    StoreBuilder<? extends StateStore> panes = onHeap ? new HeapBuilder(store) : store;
    return new Topology()
        .addSource("points", Serdes.ByteArray().deserializer(), Point.serde().deserializer(), input)
        .addProcessor("windows", () -> new PaneProcessor(PaneTopology::open), "points")
        .addStateStore(panes, "windows")
        .addSink(
            "output",
            options.text("output", null),
            Serdes.ByteArray().serializer(),
            Serdes.ByteArray().serializer(),
            "windows");
  }

  @SuppressWarnings("unchecked")
  private static Panes open(ProcessorContext<byte[], byte[]> context) {
    StateStore store = context.getStateStore(STORE);
    return store instanceof Panes panes ? panes : new StorePanes((KeyValueStore<Bytes, byte[]>) store);
  }

  /** Builds {@link HeapPanes} above the store of the other builder, whose changelog it uses. */
  private record HeapBuilder(StoreBuilder<KeyValueStore<Bytes, byte[]>> below) implements StoreBuilder<StateStore> {
    @Override
    public StateStore build() {
      return new HeapPanes(below.build());
    }

    @Override
    public StoreBuilder<StateStore> withCachingEnabled() {
      return this;
    }

    @Override
    public StoreBuilder<StateStore> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<StateStore> withLoggingEnabled(Map<String, String> config) {
      return new HeapBuilder(below.withLoggingEnabled(config));
    }

    @Override
    public StoreBuilder<StateStore> withLoggingDisabled() {
      return new HeapBuilder(below.withLoggingDisabled());
    }

    @Override
    public Map<String, String> logConfig() {
      return below.logConfig();
    }

    @Override
    public boolean loggingEnabled() {
      return below.loggingEnabled();
    }

    @Override
    public String name() {
      return below.name();
    }
  }
}
