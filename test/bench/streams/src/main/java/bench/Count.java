package bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Counts the records that a reader of committed records sees from given offsets to the end of a topic:
 * `brokers= topic= from=0,0,0,0`. Prints their number and each partition's last offset.
 */
public final class Count {
  private Count() {}

  public static void main(String[] args) {
    Options options = new Options(args);
    long[] from = Arrays.stream(options.text("from", null).split(",")).mapToLong(Long::parseLong).toArray();
    long[] last = new long[from.length];
    Arrays.fill(last, -1);
    Properties settings = new Properties();
    settings.put("bootstrap.servers", options.text("brokers", null));
    settings.put("isolation.level", "read_committed");
    settings.put("max.partition.fetch.bytes", 4 << 20);
    settings.put("key.deserializer", ByteArrayDeserializer.class.getName());
    settings.put("value.deserializer", ByteArrayDeserializer.class.getName());
    long records = 0;
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
      List<TopicPartition> partitions =
          IntStream.range(0, from.length)
              .mapToObj(partition -> new TopicPartition(options.text("topic", null), partition))
              .collect(Collectors.toList());
      consumer.assign(partitions);
      partitions.forEach(partition -> consumer.seek(partition, from[partition.partition()]));
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition)))
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          last[record.partition()] = record.offset();
          records++;
        }
    }
    System.out.printf(Locale.ROOT, "{\"records\":%d,\"last\":%s}%n", records, Arrays.toString(last));
    System.exit(0);
  }
}
