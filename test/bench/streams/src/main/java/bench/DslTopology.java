package bench;

import java.time.Duration;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The job as the documentation of Kafka Streams teaches it: two windowed aggregations of a grouped stream.
 *
 * Windows are held back by `suppress`, with the stores' cache on. Emitting on window close turns the cache off,
 * sends each of seven updates per point to the changelog, and was tried: it took twice the CPU.
 */
final class DslTopology {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final boolean logged;
  private final String output;

  DslTopology(Options options) {
    logged = options.flag("log", true);
    output = options.text("output", null);
  }

  Topology build(String input) {
    StreamsBuilder builder = new StreamsBuilder();
    Serde<byte[]> bytes = Serdes.ByteArray();
    KGroupedStream<byte[], Point> points =
        builder.stream(input, Consumed.with(bytes, Point.serde())).groupByKey();
    Duration ten = Duration.ofSeconds(10);
    define(points, "10s", TimeWindows.ofSizeAndGrace(ten, GRACE));
    define(points, "1m", TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), GRACE).advanceBy(ten));
    return builder.build();
  }

  private void define(KGroupedStream<byte[], Point> points, String name, TimeWindows windows) {
    Duration size = Duration.ofMillis(windows.sizeMs);
    Materialized<byte[], Aggregate, WindowStore<Bytes, byte[]>> store =
        Materialized.<byte[], Aggregate>as(Stores.inMemoryWindowStore("w" + name, size.plus(GRACE), size, false))
            .withKeySerde(Serdes.ByteArray())
            .withValueSerde(Aggregate.serde());
    store = logged ? store : store.withLoggingDisabled();
    KTable<Windowed<byte[]>, Aggregate> table =
        points
            .windowedBy(windows)
            .aggregate(
                Aggregate::new,
                (key, point, aggregate) -> aggregate.add(point.value(), point.at()),
                store.withCachingEnabled());
    WindowRecord record = new WindowRecord(name, windows.sizeMs);
    table
        .suppress(Suppressed.untilWindowCloses(buffer()).withName("s" + name))
        .toStream()
        .map(
            (window, aggregate) ->
                KeyValue.pair(
                    WindowRecord.key(window.key()),
                    record.write(window.key(), window.window().start(), aggregate, window.window().end())))
        .to(output, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
  }

  private Suppressed.StrictBufferConfig buffer() {
    var unbounded = Suppressed.BufferConfig.unbounded();
    return logged ? unbounded : unbounded.withLoggingDisabled();
  }
}
