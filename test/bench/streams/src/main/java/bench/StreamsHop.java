package bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * What ingest does, on Kafka Streams, exactly once: each point's bytes are checked, its key is made from tenant and
 * metric, and it goes on. Lighter than ingest, which also looks for duplicates and writes dead letters.
 */
final class StreamsHop implements Hop.Running {
  private static final Duration STOP = Duration.ofSeconds(10);

  private final KafkaStreams streams;
  private final Properties settings;

  private StreamsHop(KafkaStreams streams, Properties settings) {
    this.streams = streams;
    this.settings = settings;
  }

  /** Resolves when it has all partitions. */
  static StreamsHop start(Options options) throws InterruptedException {
    Properties settings = settings(options);
    KafkaStreams streams = new KafkaStreams(topology(options), settings);
    CountDownLatch running = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) running.countDown();
      if (now == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
    });
    streams.start();
    running.await();
    return new StreamsHop(streams, settings);
  }

  @Override
  public Properties settings() {
    return settings;
  }

  @Override
  public void close() {
    streams.close(STOP);
    streams.cleanUp();
  }

  private static Topology topology(Options options) {
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(options.text("input", null), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .filter((key, value) -> isValid(value))
        .selectKey((key, value) -> WindowRecord.key(Arrays.copyOfRange(value, Avro.HEADER, Avro.endOfIdentity(value))))
        .to(options.text("output", null), Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    return builder.build();
  }

  private static boolean isValid(byte[] value) {
    int at = Avro.endOfIdentity(value);
    return value[0] == 0 && Avro.readLong(value, at) > 0 && Double.isFinite(Avro.readDouble(value, Avro.skipLong(value, at)));
  }

  private static Properties settings(Options options) {
    int interval = options.number("interval", null);
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, options.text("id", null));
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.text("brokers", null));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, options.text("state", null));
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, interval);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.number("threads", 1));
    // A poll that waits for longer than the interval puts the commit off.
    settings.put(StreamsConfig.POLL_MS_CONFIG, options.number("poll", Math.min(interval, 10)));
    settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, -1);
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, options.number("buffered", 5_000));
    settings.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), options.number("records", 20_000));
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), options.number("linger", 0));
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), options.number("batch", 256 << 10));
    return settings;
  }
}
