package bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes closed windows as WindowAggregate in Avro, without going through objects. */
final class WindowRecord {
  private final byte[] name;
  private final long size;
  private byte[] room = new byte[1024];

  WindowRecord(String name, long sizeMs) {
    this.name = name.getBytes(StandardCharsets.UTF_8);
    this.size = sizeMs;
  }

  /** The identity's bytes are the first three fields as they stand. */
  byte[] write(byte[] identity, long start, Aggregate of, long watermark) {
    int needed = Avro.HEADER + identity.length + name.length + 200;
    if (room.length < needed) room = new byte[needed];
    double sum = of.sum + of.lost;
    int at = Avro.writeBytes(room, Avro.HEADER, identity);
    at = Avro.writeString(room, at, name);
    at = Avro.writeLong(room, at, start);
    at = Avro.writeLong(room, at, start + size);
    at = Avro.writeLong(room, at, of.count);
    at = Avro.writeDouble(room, at, sum);
    at = Avro.writeDouble(room, at, of.min);
    at = Avro.writeDouble(room, at, of.max);
    at = Avro.writeDouble(room, at, sum / of.count);
    at = Avro.writeDouble(room, at, Math.sqrt(of.squares / of.count));
    at = Avro.writeDouble(room, at, of.first);
    at = Avro.writeDouble(room, at, of.last);
    at = Avro.writeLong(room, at, 0);
    at = Avro.writeLong(room, at, watermark);
    at = Avro.writeLong(room, at, System.currentTimeMillis());
    return Arrays.copyOf(room, at);
  }

  /** `tenantId|metric`, the key of the topic: puts a series' windows into one partition. */
  static byte[] key(byte[] identity) {
    int metric = Avro.skipString(identity, 0);
    int tenantAt = Avro.skipLong(identity, 0);
    int metricAt = Avro.skipLong(identity, metric);
    int tenantLength = metric - tenantAt;
    int metricLength = Avro.skipString(identity, metric) - metricAt;
    byte[] key = new byte[tenantLength + 1 + metricLength];
    System.arraycopy(identity, tenantAt, key, 0, tenantLength);
    key[tenantLength] = '|';
    System.arraycopy(identity, metricAt, key, tenantLength + 1, metricLength);
    return key;
  }
}
