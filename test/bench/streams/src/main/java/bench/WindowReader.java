package bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Notes when each window can be read under read_committed, counted from when the input's time had passed it. */
final class WindowReader {
  private static final int LIMIT = 1_000_000;

  private final String topic;
  private final int partitions;
  private final WindowEnds ends;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<Double> times = new ArrayList<>();
  private volatile boolean stopped;

  WindowReader(String brokers, String topic, int partitions, WindowEnds ends) {
    this.topic = topic;
    this.partitions = partitions;
    this.ends = ends;
    consumer = Clients.reader(brokers);
  }

  void run(CountDownLatch atEnds) {
    Clients.follow(consumer, topic, partitions, atEnds, this::take, () -> stopped);
  }

  /** Windows of the last points stay open: nothing comes to close them. */
  void stop() {
    stopped = true;
  }

  void close() {
    consumer.close();
  }

  /** Until it is closed. */
  long requests() {
    return Clients.requests(consumer.metrics(), "consumer-metrics");
  }

  /** Milliseconds; to be asked for when it has ended. */
  double[] times() {
    return times.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private void take(ConsumerRecords<byte[], byte[]> records, long now) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      byte[] value = record.value();
      int at = Avro.skipString(value, Avro.endOfIdentity(value));
      Long since = ends.passed(Avro.readLong(value, Avro.skipLong(value, at)));
      if (since != null && times.size() < LIMIT) times.add(Math.max(0, (now - since) / 1e6));
    }
  }
}
