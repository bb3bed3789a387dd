package bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a topic of windows under read_committed from given offsets to its end: `brokers= topic= from=0,0,0,0`.
 * Prints per definition how many windows, points and what sum there are, and each partition's last offset.
 */
public final class Verify {
  private Verify() {}

  private static final class Total {
    long windows;
    long count;
    double sum;

    String json(String name) {
      return String.format(
          Locale.ROOT, "\"%s\":{\"windows\":%d,\"count\":%d,\"sum\":%s}", name, windows, count, Double.toString(sum));
    }
  }

  public static void main(String[] args) {
    Options options = new Options(args);
    String topic = options.text("topic", null);
    long[] from = Arrays.stream(options.text("from", null).split(",")).mapToLong(Long::parseLong).toArray();
    Map<String, Total> totals = new TreeMap<>();
    Set<Long> seen = new HashSet<>();
    long duplicates = 0;
    long[] last = new long[from.length];
    Arrays.fill(last, -1);
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings(options.text("brokers", null)))) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (int p = 0; p < from.length; p++) partitions.add(new TopicPartition(topic, p));
      consumer.assign(partitions);
      partitions.forEach(partition -> consumer.seek(partition, from[partition.partition()]));
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition)))
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          last[record.partition()] = record.offset();
          if (!seen.add(take(record.value(), totals))) duplicates++;
        }
    }
    String definitions =
        totals.entrySet().stream().map(entry -> entry.getValue().json(entry.getKey())).collect(Collectors.joining(","));
    System.out.printf(
        "{\"definitions\":{%s},\"duplicates\":%d,\"last\":%s}%n", definitions, duplicates, Arrays.toString(last));
  }

  /** Adds a window to its definition's total; a hash of its identity is given back. */
  private static long take(byte[] value, Map<String, Total> totals) {
    int name = Avro.endOfIdentity(value);
    int start = Avro.skipString(value, name);
    int end = Avro.skipLong(value, start);
    int count = Avro.skipLong(value, end);
    Total total = totals.computeIfAbsent(Avro.readString(value, name), key -> new Total());
    total.windows++;
    total.count += Avro.readLong(value, count);
    total.sum += Avro.readDouble(value, Avro.skipLong(value, count));
    long hash = 0xcbf29ce484222325L;
    for (int i = Avro.HEADER; i < end; i++) hash = (hash ^ (value[i] & 0xff)) * 0x100000001b3L;
    return hash;
  }

  private static Properties settings(String brokers) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("key.deserializer", ByteArrayDeserializer.class.getName());
    settings.put("value.deserializer", ByteArrayDeserializer.class.getName());
    settings.put("isolation.level", "read_committed");
    settings.put("max.poll.records", 10_000);
    settings.put("max.partition.fetch.bytes", 4 << 20);
    return settings;
  }
}
