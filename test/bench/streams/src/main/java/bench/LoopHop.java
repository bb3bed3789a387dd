package bench;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The floor: Kafka's own clients in one loop, keys and values as they are, offsets in the same transaction, a commit
 * at each interval. Nothing looks at a record.
 */
final class LoopHop implements Hop.Running {
  private final Options options;
  private final long intervalNs;
  private final Properties settings = new Properties();
  private final CountDownLatch assigned = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "loop");
  private final Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
  private volatile boolean stopped;

  private LoopHop(Options options) {
    this.options = options;
    intervalNs = options.number("interval", null) * 1_000_000L;
  }

  /** Resolves when it has all partitions. */
  static LoopHop start(Options options) throws InterruptedException {
    LoopHop loop = new LoopHop(options);
    Properties reading = loop.reading();
    Properties writing = loop.writing();
    loop.settings.putAll(reading);
    loop.settings.putAll(writing);
    loop.settings.put("commit interval", options.text("interval", null) + " ms");
    loop.thread.start();
    loop.assigned.await();
    return loop;
  }

  @Override
  public Properties settings() {
    return settings;
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    thread.join();
  }

  private void run() {
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(reading());
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(writing())) {
      producer.initTransactions();
      consumer.subscribe(List.of(options.text("input", null)), new Assigned());
      while (!stopped) forward(consumer, producer);
      if (!offsets.isEmpty()) commit(consumer, producer);
    } catch (RuntimeException error) {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  /** One transaction: from its first record on for as long as the interval is. */
  private void forward(KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer) {
    String output = options.text("output", null);
    long began = 0;
    while (!stopped) {
      long left = offsets.isEmpty() ? intervalNs : intervalNs - (System.nanoTime() - began);
      if (left <= 0) break;
      ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofNanos(left));
      if (records.isEmpty()) continue;
      if (offsets.isEmpty()) {
        producer.beginTransaction();
        began = System.nanoTime();
      }
      for (ConsumerRecord<byte[], byte[]> record : records)
        producer.send(new ProducerRecord<>(output, record.key(), record.value()));
      offsets.putAll(records.nextOffsets());
    }
    if (!offsets.isEmpty()) commit(consumer, producer);
  }

  private void commit(KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer) {
    producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
    producer.commitTransaction();
    offsets.clear();
  }

  private final class Assigned implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      if (partitions.size() == options.number("partitions", null)) assigned.countDown();
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
  }

  private Properties reading() {
    return Clients.readingAs(options.text("id", null), options.text("brokers", null));
  }

  private Properties writing() {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", options.text("brokers", null));
    settings.put("transactional.id", options.text("id", null));
    settings.put("linger.ms", options.number("linger", 0));
    settings.put("batch.size", options.number("batch", 256 << 10));
    settings.put("key.serializer", ByteArraySerializer.class.getName());
    settings.put("value.serializer", ByteArraySerializer.class.getName());
    return settings;
  }
}
