package bench;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/**
 * The figures of one window or pane: compensated sum (Neumaier), variance after Welford, merged after
 * Chan et al. The same figures by the same methods as the windowing worker's.
 */
final class Aggregate {
  private static final int BYTES = 11 * 8;

  long count;
  double sum;
  double lost;
  double min = Double.POSITIVE_INFINITY;
  double max = Double.NEGATIVE_INFINITY;
  double mean;
  double squares;
  double first;
  long firstAt = Long.MAX_VALUE;
  double last;
  long lastAt = Long.MIN_VALUE;

  Aggregate add(double value, long at) {
    count++;
    addSum(value);
    if (value < min) min = value;
    if (value > max) max = value;
    double delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
    if (at < firstAt) {
      first = value;
      firstAt = at;
    }
    if (at >= lastAt) {
      last = value;
      lastAt = at;
    }
    return this;
  }

  /** Adds what came after: of equal times the one already here is first, the other's is last. */
  void merge(Aggregate other) {
    long total = count + other.count;
    double delta = other.mean - mean;
    squares += other.squares + delta * delta * ((double) count * other.count / total);
    mean += delta * other.count / total;
    count = total;
    addSum(other.sum);
    lost += other.lost;
    min = Math.min(min, other.min);
    max = Math.max(max, other.max);
    if (other.firstAt < firstAt) {
      first = other.first;
      firstAt = other.firstAt;
    }
    if (other.lastAt >= lastAt) {
      last = other.last;
      lastAt = other.lastAt;
    }
  }

  private void addSum(double value) {
    double next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }

  static Serde<Aggregate> serde() {
    Serializer<Aggregate> write = (topic, aggregate) -> aggregate == null ? null : aggregate.toBytes();
    Deserializer<Aggregate> read = (topic, bytes) -> bytes == null ? null : fromBytes(bytes);
    return Serdes.serdeFrom(write, read);
  }

  byte[] toBytes() {
    ByteBuffer into = ByteBuffer.allocate(BYTES);
    into.putLong(count).putDouble(sum).putDouble(lost).putDouble(min).putDouble(max).putDouble(mean);
    into.putDouble(squares).putDouble(first).putLong(firstAt).putDouble(last).putLong(lastAt);
    return into.array();
  }

  static Aggregate fromBytes(byte[] bytes) {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    Aggregate read = new Aggregate();
    read.count = from.getLong();
    read.sum = from.getDouble();
    read.lost = from.getDouble();
    read.min = from.getDouble();
    read.max = from.getDouble();
    read.mean = from.getDouble();
    read.squares = from.getDouble();
    read.first = from.getDouble();
    read.firstAt = from.getLong();
    read.last = from.getDouble();
    read.lastAt = from.getLong();
    return read;
  }
}
