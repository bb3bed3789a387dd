package bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Makes the series' identity the record's key and the point's time its timestamp, before Streams sees it.
 *
 * A topology that changes the key gets a repartition topic, though here every series lies in one
 * partition already. Doing it in the consumer spares Streams that second trip through the broker,
 * and parses each value once. The identity stays the run of Avro bytes that it is.
 */
public final class SeriesInterceptor implements ConsumerInterceptor<byte[], byte[]> {
  private static boolean begun = false;

  @Override
  public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
    if (records.isEmpty()) return records;
    sayFirst();
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> turned = new HashMap<>();
    for (TopicPartition partition : records.partitions()) {
      List<ConsumerRecord<byte[], byte[]>> list = records.records(partition);
      List<ConsumerRecord<byte[], byte[]>> into = new ArrayList<>(list.size());
      for (int i = 0; i < list.size(); i++) into.add(turn(list.get(i)));
      turned.put(partition, into);
    }
    return new ConsumerRecords<>(turned, records.nextOffsets());
  }

  private static ConsumerRecord<byte[], byte[]> turn(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    int end = Avro.endOfIdentity(value);
    long at = Avro.readLong(value, end);
    byte[] key = Arrays.copyOfRange(value, Avro.HEADER, end);
    byte[] point = Point.bytes(Avro.readDouble(value, Avro.skipLong(value, end)), at);
    return new ConsumerRecord<>(
        record.topic(), record.partition(), record.offset(), at, record.timestampType(),
        key.length, point.length, key, point, record.headers(), record.leaderEpoch());
  }

  /** The line that tells the bench when the first record was read. */
  private static synchronized void sayFirst() {
    if (begun) return;
    begun = true;
    System.out.println("first " + System.currentTimeMillis());
  }

  @Override
  public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

  @Override
  public void close() {}

  @Override
  public void configure(Map<String, ?> configs) {}
}
