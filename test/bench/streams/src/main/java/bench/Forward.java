package bench;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Reads a topic and writes it into another one, keys and values as they are, offsets in the same transaction:
 * `brokers= input= output= id= records= interval=`. What ingest does, less all looking at the records.
 * Prints when it got its first records and when all of them were committed.
 */
public final class Forward {
  private Forward() {}

  public static void main(String[] args) {
    Options options = new Options(args);
    String output = options.text("output", null);
    int left = options.number("records", null);
    int interval = options.number("interval", 100);
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(reading(options));
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(writing(options))) {
      producer.initTransactions();
      consumer.subscribe(List.of(options.text("input", null)));
      long began = 0;
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      while (left > 0) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(interval));
        if (!records.isEmpty() && offsets.isEmpty()) {
          if (began == 0) System.out.println("first " + System.currentTimeMillis());
          producer.beginTransaction();
          began = System.currentTimeMillis();
        }
        for (ConsumerRecord<byte[], byte[]> record : records) {
          producer.send(new ProducerRecord<>(output, record.key(), record.value()));
          offsets.put(
              new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        left -= records.count();
        if (offsets.isEmpty() || (left > 0 && System.currentTimeMillis() - began < interval)) continue;
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        producer.commitTransaction();
        offsets.clear();
      }
      System.out.println("done " + System.currentTimeMillis());
    }
    System.exit(0);
  }

  private static Properties reading(Options options) {
    Properties settings = Clients.readingAs(options.text("id", null), options.text("brokers", null));
    settings.put("max.partition.fetch.bytes", 4 << 20);
    return settings;
  }

  private static Properties writing(Options options) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", options.text("brokers", null));
    settings.put("transactional.id", options.text("id", null));
    settings.put("linger.ms", 5);
    settings.put("batch.size", 256 << 10);
    settings.put("buffer.memory", 64 << 20);
    settings.put("key.serializer", ByteArraySerializer.class.getName());
    settings.put("value.serializer", ByteArraySerializer.class.getName());
    return settings;
  }
}
