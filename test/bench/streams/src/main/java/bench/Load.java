package bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends points at a fixed rate, whatever becomes of them (an open loop: one that could not be sent in time counts from
 * when it should have been).
 */
final class Load {
  /** Enough for each of 64 partitions to have several by their keys. */
  private static final int SERIES = 1_000;
  private static final byte[] TENANT = "bench".getBytes(StandardCharsets.UTF_8);
  private static final long START_NS = 200_000_000L;

  private final String topic;
  private final Points points;
  private final WindowEnds ends;
  /** Whether points come by their key, or to each partition in turn. */
  private final boolean keyed;
  private final int partitions;
  private final KafkaProducer<byte[], byte[]> producer;
  private final byte[][] keys = new byte[SERIES][];
  private final byte[][] metrics = new byte[SERIES][];
  private final byte[] value = new byte[256];

  Load(String brokers, Options options, Points points, WindowEnds ends) {
    this.points = points;
    this.ends = ends;
    topic = options.text("input", null);
    keyed = options.text("keys", "series").equals("series");
    partitions = options.number("partitions", null);
    int schema = options.number("schema", null);
    for (int i = 0; i < 4; i++) value[1 + i] = (byte) (schema >>> (24 - 8 * i));
    for (int i = 0; i < SERIES; i++) {
      metrics[i] = ("m" + i).getBytes(StandardCharsets.UTF_8);
      keys[i] = ("bench|m" + i).getBytes(StandardCharsets.UTF_8);
    }
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("key.serializer", ByteArraySerializer.class.getName());
    settings.put("value.serializer", ByteArraySerializer.class.getName());
    // A hundred requests a second of one sender, not thousands: they would load the broker more than what is measured.
    settings.put("linger.ms", 10);
    producer = new KafkaProducer<>(settings);
    producer.partitionsFor(topic);
  }

  /** Sends all. `warmed` runs beside it from the first that counts on, `sent` when the last is acknowledged. */
  void run(Runnable warmed, Runnable sent) throws InterruptedException {
    Thread mark = new Thread(warmed);
    String id = Long.toString(System.currentTimeMillis(), 36);
    long start = System.nanoTime() + START_NS;
    long wall = System.currentTimeMillis() + START_NS / 1_000_000;
    if (ends != null) ends.countFrom(wall + points.warm * 1_000L / points.rate);
    try (producer) {
      for (int i = 0; i < points.total; i++) {
        long at = start + (long) (i * 1e9 / points.rate);
        while (System.nanoTime() < at) LockSupport.parkNanos(Math.min(at - System.nanoTime(), 500_000));
        if (i == points.warm) mark.start();
        points.due(i, at);
        send(i, wall + (at - start) / 1_000_000, id);
      }
      producer.flush();
      mark.join();
      sent.run();
    }
  }

  /** Requests so far, of the kind Produce but for a few. */
  long requests() {
    return Clients.requests(producer.metrics(), "producer-metrics");
  }

  private void send(int number, long time, String id) {
    int of = number % SERIES;
    int end = Avro.writeString(value, Avro.HEADER, TENANT);
    end = Avro.writeString(value, end, metrics[of]);
    end = Avro.writeLong(value, end, 0);
    end = Avro.writeLong(value, end, time);
    end = Avro.writeDouble(value, end, number);
    end = Avro.writeString(value, end, (id + "-" + number).getBytes(StandardCharsets.UTF_8));
    end = Avro.writeLong(value, end, 0);
    end = Avro.writeLong(value, end, 0);
    Integer partition = keyed ? null : number % partitions;
    producer.send(new ProducerRecord<>(topic, partition, keyed ? keys[of] : null, Arrays.copyOf(value, end)), (metadata, error) -> {
      long now = System.nanoTime();
      points.acknowledged(number, now);
      if (ends != null && error == null) ends.acknowledged(metadata.partition(), time, now);
    });
  }
}
