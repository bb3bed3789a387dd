package bench;

import java.nio.charset.StandardCharsets;

/** The few pieces of Avro's binary encoding that the programs need, without an object per field. */
final class Avro {
  /** Confluent's wire format: a zero byte and the schema's id stand before the value. */
  static final int HEADER = 5;

  private Avro() {}

  /** Where the series' identity (tenant, metric, tags) ends in a MetricPoint: the timestamp follows. */
  static int endOfIdentity(byte[] point) {
    int at = skipString(point, skipString(point, HEADER));
    for (;;) {
      long count = readLong(point, at);
      at = skipLong(point, at);
      if (count == 0) return at;
      if (count < 0) {
        long size = readLong(point, at);
        at = skipLong(point, at) + (int) size;
      } else {
        for (long i = 0; i < count; i++) at = skipString(point, skipString(point, at));
      }
    }
  }

  static long readLong(byte[] from, int at) {
    long zigzag = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = from[at++];
      zigzag |= (long) (next & 0x7f) << shift;
      if (next >= 0) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
  }

  static int skipLong(byte[] from, int at) {
    while (from[at] < 0) at++;
    return at + 1;
  }

  static int skipString(byte[] from, int at) {
    return skipLong(from, at) + (int) readLong(from, at);
  }

  static double readDouble(byte[] from, int at) {
    long bits = 0;
    for (int i = 7; i >= 0; i--) bits = bits << 8 | (from[at + i] & 0xff);
    return Double.longBitsToDouble(bits);
  }

  static String readString(byte[] from, int at) {
    return new String(from, skipLong(from, at), (int) readLong(from, at), StandardCharsets.UTF_8);
  }

  static int writeLong(byte[] into, int at, long value) {
    long zigzag = (value << 1) ^ (value >> 63);
    while ((zigzag & ~0x7fL) != 0) {
      into[at++] = (byte) (zigzag | 0x80);
      zigzag >>>= 7;
    }
    into[at++] = (byte) zigzag;
    return at;
  }

  static int writeDouble(byte[] into, int at, double value) {
    long bits = Double.doubleToRawLongBits(value);
    for (int i = 0; i < 8; i++) into[at++] = (byte) (bits >>> (8 * i));
    return at;
  }

  static int writeString(byte[] into, int at, byte[] text) {
    at = writeLong(into, at, text.length);
    return writeBytes(into, at, text);
  }

  static int writeBytes(byte[] into, int at, byte[] bytes) {
    System.arraycopy(bytes, 0, into, at, bytes.length);
    return at + bytes.length;
  }
}
