package bench;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/** One measurement: a load at a fixed rate, its reader, and what the broker was asked meanwhile. */
final class Measurement {
  private final Options options;
  private final String run;
  private final BrokerRequests requests;
  private final Points points;
  private final Load load;
  private final PointReader reader;
  private final WindowReader windows;

  Measurement(String brokers, Options options, BrokerRequests requests) {
    this.options = options;
    this.requests = requests;
    run = options.text("run", null);
    String topic = options.text("windows", "");
    int partitions = options.number("partitions", null);
    int rate = options.number("rate", null);
    points = new Points(rate, rate * options.number("warm", null), rate * options.number("seconds", null));
    WindowEnds ends = topic.isEmpty() ? null : new WindowEnds(partitions, options.number("grace", null));
    load = new Load(brokers, options, points, ends);
    reader = new PointReader(brokers, options.text("output", null), partitions, points);
    windows = ends == null ? null : new WindowReader(brokers, topic, partitions, ends);
  }

  void run() throws Exception {
    CountDownLatch atEnds = new CountDownLatch(windows == null ? 1 : 2);
    Thread reading = new Thread(() -> reader.run(atEnds));
    Thread readingWindows = windows == null ? null : new Thread(() -> windows.run(atEnds));
    reading.start();
    if (windows != null) readingWindows.start();
    atEnds.await();
    System.out.println("ready " + run);

    Snapshot[] at = new Snapshot[2];
    load.run(() -> at[0] = snapshot("from"), () -> at[1] = snapshot("to"));
    reading.join();
    reader.close();
    if (windows != null) {
      windows.stop();
      readingWindows.join();
      windows.close();
    }
    String figures = "\"acked\":" + Quantiles.json(points.fromAcknowledged()) + ",\"due\":" + Quantiles.json(points.fromDue())
        + (windows == null ? "" : ",\"windows\":" + Quantiles.json(windows.times()));
    System.out.println(
        "result " + run + " {" + figures + ",\"lost\":" + points.lost() + ",\"duplicates\":" + points.duplicates()
            + ",\"requests\":" + difference(at[0], at[1]) + "}");
  }

  /** What the broker has answered so far, without what the load and the readers have asked themselves. */
  private record Snapshot(Map<String, Long> answered) {}

  private Snapshot snapshot(String name) {
    Map<String, Long> answered = requests == null ? null : requests.counts();
    if (answered != null) {
      answered.merge("Produce", -load.requests(), Long::sum);
      answered.merge("Fetch", -reader.requests() - (windows == null ? 0 : windows.requests()), Long::sum);
    }
    System.out.println(name + " " + run + " " + System.currentTimeMillis());
    return new Snapshot(answered);
  }

  private static String difference(Snapshot from, Snapshot to) {
    if (from.answered == null) return "null";
    Map<String, Long> counts = new TreeMap<>();
    to.answered.forEach((name, count) -> {
      long more = count - from.answered.getOrDefault(name, 0L);
      if (more > 0) counts.put(name, more);
    });
    return counts.entrySet().stream()
        .map(entry -> "\"" + entry.getKey() + "\":" + entry.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }
}
