package bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What the bench's own clients have in common. */
final class Clients {
  private static final Duration POLL = Duration.ofMillis(100);

  private Clients() {}

  /** Settings of a reader of committed records as bytes. */
  static Properties reading(String brokers) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("isolation.level", "read_committed");
    settings.put("max.poll.records", 20_000);
    settings.put("key.deserializer", ByteArrayDeserializer.class.getName());
    settings.put("value.deserializer", ByteArrayDeserializer.class.getName());
    return settings;
  }

  /** The same for a member of a group that reads from the beginning and commits its offsets in transactions. */
  static Properties readingAs(String group, String brokers) {
    Properties settings = reading(brokers);
    settings.put("group.id", group);
    settings.put("auto.offset.reset", "earliest");
    settings.put("enable.auto.commit", false);
    return settings;
  }

  /** A reader of committed records, ready to read a topic from its end. */
  static KafkaConsumer<byte[], byte[]> reader(String brokers) {
    return new KafkaConsumer<>(reading(brokers));
  }

  /** Reads on and on from the topic's ends until `done`; what comes is handed on with the time of its coming. */
  static void follow(
      KafkaConsumer<byte[], byte[]> consumer, String topic, int partitions, CountDownLatch atEnds, Taking taking,
      BooleanSupplier done) {
    List<TopicPartition> all =
        IntStream.range(0, partitions).mapToObj(partition -> new TopicPartition(topic, partition)).toList();
    consumer.assign(all);
    consumer.seekToEnd(all);
    all.forEach(consumer::position);
    atEnds.countDown();
    while (!done.getAsBoolean()) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      taking.take(records, System.nanoTime());
    }
  }

  interface Taking {
    void take(ConsumerRecords<byte[], byte[]> records, long now);
  }

  static long requests(Map<MetricName, ? extends Metric> metrics, String group) {
    for (Map.Entry<MetricName, ? extends Metric> entry : metrics.entrySet())
      if (entry.getKey().name().equals("request-total") && entry.getKey().group().equals(group))
        return ((Number) entry.getValue().metricValue()).longValue();
    return 0;
  }
}
