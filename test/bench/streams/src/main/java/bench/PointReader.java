package bench;

import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Notes when each point can be read under read_committed. `run` ends when all were, or none came for a while. */
final class PointReader {
  private static final long QUIET_NS = 15_000_000_000L;

  private final String topic;
  private final int partitions;
  private final Points points;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private long lastAt;

  PointReader(String brokers, String topic, int partitions, Points points) {
    this.topic = topic;
    this.partitions = partitions;
    this.points = points;
    consumer = Clients.reader(brokers);
  }

  void run(CountDownLatch atEnds) {
    lastAt = System.nanoTime();
    Clients.follow(consumer, topic, partitions, atEnds, this::take,
        () -> points.allSeen() || System.nanoTime() - lastAt > QUIET_NS);
  }

  void close() {
    consumer.close();
  }

  /** Until it is closed. */
  long requests() {
    return Clients.requests(consumer.metrics(), "consumer-metrics");
  }

  private void take(ConsumerRecords<byte[], byte[]> records, long now) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      byte[] value = record.value();
      int at = Avro.endOfIdentity(value);
      points.seen((int) Avro.readDouble(value, Avro.skipLong(value, at)), now);
      lastAt = now;
    }
  }
}
