package bench;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** What a window needs of a point besides its series. On the wire inside the program: 16 bytes. */
record Point(double value, long at) {
  static final int BYTES = 16;

  static Serde<Point> serde() {
    Serializer<Point> write = (topic, point) -> bytes(point.value, point.at);
    Deserializer<Point> read = (topic, bytes) -> {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      return new Point(buffer.getDouble(), buffer.getLong());
    };
    return Serdes.serdeFrom(write, read);
  }

  static byte[] bytes(double value, long at) {
    return ByteBuffer.allocate(BYTES).putDouble(value).putLong(at).array();
  }
}
