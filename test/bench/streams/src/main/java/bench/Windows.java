package bench;

import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * The windowing job on Kafka Streams: `brokers= input= output= id= state= topology=dsl|panes
 * guarantee=at_least_once|exactly_once_v2`. Prints `first MILLIS` at the first record; runs until stopped.
 */
public final class Windows {
  /**
   * Each commit of the DSL empties its caches: less often is less work, but the last windows come later. Longer
   * than 3 s saved little more in a trial from 200 ms to 6 s; the pane-sharing versions have little to empty.
   */
  private static final int DSL_COMMIT_MS = 3_000;

  private static final int PANES_COMMIT_MS = 1_000;

  private Windows() {}

  public static void main(String[] args) {
    Options options = new Options(args);
    String input = options.text("input", null);
    boolean dsl = options.text("topology", null).equals("dsl");
    Topology topology = dsl ? new DslTopology(options).build(input) : PaneTopology.build(input, options);
    KafkaStreams streams = new KafkaStreams(topology, settings(options, dsl));
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
    streams.start();
  }

  private static Properties settings(Options options, boolean dsl) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, options.text("id", null));
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.text("brokers", null));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, options.text("guarantee", null));
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.number("threads", 1));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, options.text("state", null));
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, options.number("commit", dsl ? DSL_COMMIT_MS : PANES_COMMIT_MS));
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, options.number("cacheBytes", 256 << 20));
    settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, -1);
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, options.number("buffered", 5_000));
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);

    consumer(settings, ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    consumer(settings, ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, SeriesInterceptor.class.getName());
    consumer(settings, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, options.number("poll", 2_000));
    consumer(settings, ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
    consumer(settings, ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 64 << 20);
    consumer(settings, ConsumerConfig.RECEIVE_BUFFER_CONFIG, 2 << 20);
    producer(settings, ProducerConfig.LINGER_MS_CONFIG, options.number("linger", 100));
    producer(settings, ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
    producer(settings, ProducerConfig.BUFFER_MEMORY_CONFIG, 128 << 20);
    return settings;
  }

  private static void consumer(Properties settings, String name, Object value) {
    settings.put(StreamsConfig.mainConsumerPrefix(name), value);
  }

  private static void producer(Properties settings, String name, Object value) {
    settings.put(StreamsConfig.producerPrefix(name), value);
  }
}
