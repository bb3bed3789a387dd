package bench;

import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Bytes;

/** Aggregates by pane (a stretch of event time that windows share) and series. */
interface Panes {
  void add(long pane, byte[] series, double value, long at);

  void forEach(long pane, BiConsumer<Bytes, Aggregate> take);

  void drop(long pane);

  /** Starts of the panes that hold something, in any order; read once after a start. */
  Iterable<Long> starts();

  /** Windows that end here or before are closed: survives a restart, so that none is emitted again. */
  long closedUpTo();

  void closedUpTo(long end);
}
