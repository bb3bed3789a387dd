package bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends points at a fixed rate, whatever becomes of them (an open loop: a point that could not be sent in time counts
 * from when it should have been), and reads `metrics` and `windows` under read_committed in the same process, so
 * that all times are of one clock: `brokers= prefix= schema= rate= seconds= partitions= warm= grace=`.
 *
 * Prints the quantiles, in milliseconds, of the times from acknowledged (or due, for the second line) to readable in
 * `metrics`, and from the point that moves the watermark over a window's end being readable in `metrics` to that
 * window being readable in `windows`.
 */
public final class Latency {
  private static final int SERIES = 100;
  private static final long DRAIN_MS = 15_000;

  private final Options options;
  private final int rate;
  private final int partitions;
  private final int total;
  private final long grace;
  private final AtomicLongArray acked;
  private final long[] due;
  private final long[] seen;
  private final Map<Long, Long>[] passed;
  private final long[] highest;
  private final long[] windows = new long[1_000_000];
  private int windowCount;
  private int seenCount;
  private volatile boolean sent;

  @SuppressWarnings("unchecked")
  private Latency(Options options) {
    this.options = options;
    rate = options.number("rate", null);
    grace = options.number("grace", null);
    total = rate * (options.number("warm", 5) + options.number("seconds", 15));
    acked = new AtomicLongArray(total);
    due = new long[total];
    seen = new long[total];
    partitions = options.number("partitions", 4);
    highest = new long[partitions];
    passed = new Map[partitions];
    for (int p = 0; p < partitions; p++) passed[p] = new ConcurrentHashMap<>();
  }

  public static void main(String[] args) throws Exception {
    new Latency(new Options(args)).run();
    System.exit(0);
  }

  private void run() throws Exception {
    Thread points = new Thread(() -> read("metrics"));
    Thread results = new Thread(() -> read("windows"));
    points.start();
    results.start();
    send();
    sent = true;
    points.join();
    results.join();
    int from = rate * options.number("warm", 5);
    double[] fromAck = new double[total - from];
    double[] fromDue = new double[total - from];
    int lost = 0;
    for (int i = from; i < total; i++) {
      if (seen[i] == 0) lost++;
      fromAck[i - from] = Math.max(0, (seen[i] - acked.get(i)) / 1e6);
      fromDue[i - from] = (seen[i] - due[i]) / 1e6;
    }
    double[] ofWindows = new double[windowCount];
    for (int i = 0; i < windowCount; i++) ofWindows[i] = windows[i] / 1e6;
    System.out.println(json("acked", fromAck, lost));
    System.out.println(json("due", fromDue, lost));
    System.out.println(json("windows", ofWindows, 0));
  }

  private void send() throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", options.text("brokers", null));
    settings.put("key.serializer", ByteArraySerializer.class.getName());
    settings.put("value.serializer", ByteArraySerializer.class.getName());
    // Hundreds of requests a second of one sender, not thousands: they would load the broker more than the workers do.
    settings.put("linger.ms", "10");
    byte[] value = new byte[256];
    int schema = options.number("schema", null);
    for (int i = 0; i < 4; i++) value[1 + i] = (byte) (schema >>> (24 - 8 * i));
    String topic = options.text("prefix", null) + "ingest.metrics";
    String run = Long.toString(System.currentTimeMillis(), 36);
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
      producer.partitionsFor(topic);
      long start = System.nanoTime() + 200_000_000L;
      long wall = System.currentTimeMillis() + 200;
      for (int i = 0; i < total; i++) {
        long at = start + (long) (i * 1e9 / rate);
        while (System.nanoTime() < at) LockSupport.parkNanos(Math.min(at - System.nanoTime(), 500_000));
        due[i] = at;
        byte[] metric = ("m" + i % SERIES).getBytes(StandardCharsets.UTF_8);
        int end = Avro.writeString(value, Avro.HEADER, TENANT);
        end = Avro.writeString(value, end, metric);
        end = Avro.writeLong(value, end, 0);
        end = Avro.writeLong(value, end, wall + (at - start) / 1_000_000);
        end = Avro.writeDouble(value, end, i);
        end = Avro.writeString(value, end, (run + "-" + i).getBytes(StandardCharsets.UTF_8));
        end = Avro.writeLong(value, end, 0);
        end = Avro.writeLong(value, end, 0);
        int number = i;
        producer.send(
            new ProducerRecord<>(topic, ("bench|m" + i % SERIES).getBytes(StandardCharsets.UTF_8), Arrays.copyOf(value, end)),
            (metadata, error) -> acked.set(number, System.nanoTime()));
      }
    }
  }

  private static final byte[] TENANT = "bench".getBytes(StandardCharsets.UTF_8);

  private void read(String name) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", options.text("brokers", null));
    settings.put("isolation.level", "read_committed");
    settings.put("key.deserializer", ByteArrayDeserializer.class.getName());
    settings.put("value.deserializer", ByteArrayDeserializer.class.getName());
    boolean points = name.equals("metrics");
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
      String topic = options.text("prefix", null) + name;
      List<TopicPartition> partitions = java.util.stream.IntStream.range(0, this.partitions)
          .mapToObj(partition -> new TopicPartition(topic, partition)).toList();
      consumer.assign(partitions);
      consumer.seekToEnd(partitions);
      partitions.forEach(consumer::position);
      long until = Long.MAX_VALUE;
      while (System.currentTimeMillis() < until) {
        var records = consumer.poll(Duration.ofMillis(100));
        long now = System.nanoTime();
        for (ConsumerRecord<byte[], byte[]> record : records)
          if (points) point(record, now);
          else window(record, now);
        if (sent && until == Long.MAX_VALUE) until = System.currentTimeMillis() + DRAIN_MS;
        // Windows of the last points stay open: nothing comes to close them.
        if (sent && seenCount == total) until = Math.min(until, System.currentTimeMillis() + 1_000);
      }
    }
  }

  private void point(ConsumerRecord<byte[], byte[]> record, long now) {
    byte[] value = record.value();
    int at = Avro.endOfIdentity(value);
    long time = Avro.readLong(value, at);
    int number = (int) Avro.readDouble(value, Avro.skipLong(value, at));
    if (number < total && seen[number] == 0) {
      seen[number] = now;
      seenCount++;
    }
    int p = record.partition();
    long watermark = time - grace;
    if (watermark <= highest[p]) return;
    // Ends of windows are full seconds.
    if (highest[p] > 0)
      for (long end = highest[p] / 1_000 * 1_000 + 1_000; end <= watermark; end += 1_000) passed[p].put(end, now);
    highest[p] = watermark;
  }

  private void window(ConsumerRecord<byte[], byte[]> record, long now) {
    byte[] value = record.value();
    int at = Avro.skipString(value, Avro.endOfIdentity(value));
    long end = Avro.readLong(value, Avro.skipLong(value, at));
    Long since = passed[record.partition()].get(end);
    // Seen before the point by the other thread: as good as at once. The first ones have no known point.
    if (since == null && end <= highest[record.partition()]) return;
    if (windowCount < windows.length) windows[windowCount++] = since == null ? 0 : Math.max(0, now - since);
  }

  private static String json(String name, double[] times, int lost) {
    Arrays.sort(times);
    StringBuilder text = new StringBuilder("{\"of\":\"" + name + "\",\"count\":" + times.length + ",\"lost\":" + lost);
    for (double q : new double[] {0.5, 0.95, 0.99, 0.999})
      text.append(String.format(Locale.ROOT, ",\"p%s\":%.2f", Double.toString(q * 100).replaceAll("\\.0$", ""),
          times.length == 0 ? Double.NaN : times[(int) Math.min(times.length - 1, q * times.length)]));
    return text.append('}').toString();
  }
}
