package bench;

import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.SplittableRandom;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;

/**
 * Fills a topic with points: `brokers= topic= partitions= points= series= schema= start= hold= faults=`. At the end each
 * partition gets one point so much later that every window of the others closes. Prints what must come out.
 *
 * With `faults=true` one point of a hundred has no finite value, and one is the bytes of the one before again.
 *
 * `kind` is `gauge`, `cumulative` for totals that grow, `first`: gauges as the first version of the schema has them, or
 * `traced`: gauges of which one of a hundred is of a sampled request, each of a trace of its own.
 *
 * With `hold=true` all is one transaction, which ends when a line comes on standard input: readers of
 * committed records stand ready and see everything at once.
 */
public final class Fill {
  private static final int POINTS_PER_MS = 20;
  private static final long CLOSES_ALL_MS = 90_000;

  private final Options options;
  private final Series[] series;
  private final SplittableRandom random = new SplittableRandom(20_24);
  private final byte[] value = new byte[512];
  private final String kind;
  private long sent;
  /** Of counters, by series. */
  private final double[] totals;
  /** The point that was sent last. */
  private byte[] bytes;
  private Series before;
  private volatile Exception failed;

  private record Series(byte[] key, byte[] identity) {}

  private Fill(Options options) {
    this.options = options;
    kind = options.text("kind", "gauge");
    totals = new double[options.number("series", 1_000)];
    series = new Series[options.number("series", 1_000)];
    for (int i = 0; i < series.length; i++) {
      int host = i / 200;
      series[i] = series(
          String.format("tenant-%02d", i % 20),
          String.format("service.requests.rate_%d", i / 20 % 10),
          String.format("host-%05d", host),
          new String[] {"eu-west", "eu-north", "us-east", "ap-south"}[host % 4]);
    }
  }

  public static void main(String[] args) throws Exception {
    new Fill(new Options(args)).run();
    System.exit(0);
  }

  private void run() throws Exception {
    boolean hold = options.flag("hold", false);
    boolean faults = options.flag("faults", false);
    String topic = options.text("topic", null);
    int points = options.number("points", null);
    long start = Long.parseLong(options.text("start", null));
    Expected expected = new Expected(series.length, start);
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings(topic, hold))) {
      if (hold) {
        producer.initTransactions();
        producer.beginTransaction();
      }
      for (int i = 0; i < points; i++) {
        long at = start + i / POINTS_PER_MS;
        int which = random.nextInt(series.length);
        double figure = 50 + 50 * Math.sin(i * 1e-4) + random.nextDouble();
        if (kind.equals("cumulative")) figure = totals[which] += figure;
        expected.add(which, at, figure);
        if (faults && i % 100 == 99) send(producer, topic, null, before, bytes);
        else send(producer, topic, null, series[which], at, faults && i % 100 == 50 ? Double.NaN : figure);
        before = series[which];
      }
      long end = start + points / POINTS_PER_MS + CLOSES_ALL_MS;
      int partitions = options.number("partitions", 4);
      for (int p = 0; p < partitions; p++) send(producer, topic, p, lastOf(p, partitions), end, 0);
      producer.flush();
      if (failed != null) throw failed;
      System.out.println(expected.json(points, points + partitions));
      if (hold) {
        System.in.read();
        System.out.println("commit " + System.currentTimeMillis());
        producer.commitTransaction();
      }
    }
  }

  private void send(
      KafkaProducer<byte[], byte[]> producer, String topic, Integer partition, Series of, long at, double figure) {
    value[0] = 0;
    int schema = options.number("schema", null);
    for (int i = 0; i < 4; i++) value[1 + i] = (byte) (schema >>> (24 - 8 * i));
    int end = Avro.writeBytes(value, Avro.HEADER, of.identity);
    end = Avro.writeLong(value, end, at);
    end = Avro.writeDouble(value, end, figure);
    end = Avro.writeString(value, end, uuid());
    end = Avro.writeLong(value, end, 1);
    end = Avro.writeString(value, end, UNIT);
    end = Avro.writeLong(value, end, 0);
    if (!kind.equals("first")) {
      // The place of the kind among the symbols, and no start.
      end = Avro.writeLong(value, end, kind.equals("cumulative") ? 2 : 0);
      end = Avro.writeLong(value, end, 0);
    }
    bytes = java.util.Arrays.copyOf(value, end);
    send(producer, topic, partition, of, bytes);
  }

  private void send(
      KafkaProducer<byte[], byte[]> producer, String topic, Integer partition, Series of, byte[] bytes) {
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, partition, of.key, bytes);
    if (kind.equals("traced") && sent++ % 100 == 0) record.headers().add("traceparent", traceparent());
    producer.send(record, (metadata, error) -> {
      if (error != null) failed = error;
    });
  }

  private byte[] traceparent() {
    String text = String.format("00-%016x%016x-%016x-01", sent, sent, sent);
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static final byte[] UNIT = "percent".getBytes(StandardCharsets.UTF_8);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.UTF_8);

  private byte[] uuid() {
    byte[] text = new byte[36];
    long bits = 0;
    for (int i = 0, left = 0; i < 36; i++) {
      if (i == 8 || i == 13 || i == 18 || i == 23) {
        text[i] = '-';
        continue;
      }
      if (left-- == 0) {
        bits = random.nextLong();
        left = 15;
      }
      text[i] = HEX[(int) bits & 15];
      bits >>>= 4;
    }
    text[14] = '4';
    text[19] = HEX[8 + (text[19] & 3)];
    return text;
  }

  private static Series series(String tenant, String metric, String host, String region) {
    byte[] bytes = new byte[512];
    int end = Avro.writeString(bytes, 0, tenant.getBytes(StandardCharsets.UTF_8));
    end = Avro.writeString(bytes, end, metric.getBytes(StandardCharsets.UTF_8));
    end = Avro.writeLong(bytes, end, 2);
    for (String text : new String[] {"host", host, "region", region})
      end = Avro.writeString(bytes, end, text.getBytes(StandardCharsets.UTF_8));
    end = Avro.writeLong(bytes, end, 0);
    return new Series(
        (tenant + "|" + metric).getBytes(StandardCharsets.UTF_8), java.util.Arrays.copyOf(bytes, end));
  }

  /** A series whose key belongs into the partition. */
  private static Series lastOf(int partition, int partitions) {
    for (int i = 0; ; i++) {
      Series candidate = series("tenant-last", "last." + i, "host-last", "eu-west");
      if (Utils.toPositive(Utils.murmur2(candidate.key)) % partitions == partition) return candidate;
    }
  }

  private Properties settings(String topic, boolean hold) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", options.text("brokers", null));
    settings.put("key.serializer", ByteArraySerializer.class.getName());
    settings.put("value.serializer", ByteArraySerializer.class.getName());
    settings.put("linger.ms", 20);
    settings.put("batch.size", options.number("batch", 64 << 10));
    settings.put("buffer.memory", 64 << 20);
    settings.put("compression.type", options.text("compression", "none"));
    if (hold) {
      settings.put("transactional.id", "fill-" + topic);
      settings.put("transaction.timeout.ms", 300_000);
    }
    return settings;
  }
}
