package bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Peers of ingest in the latency bench: points from one topic to another, exactly once: `kind=streams|loop brokers=
 * state=`. One JVM for all measurements, so that it is warm after the first: each `start` on standard input, with
 * `run= input= output= id= interval= partitions=`, is answered by `running RUN SETTINGS` once it has its
 * partitions, `stop` by `stopped RUN`.
 */
public final class Hop {
  /** They say nothing about speed. */
  private static final Set<String> OWN = Set.of(
      "application.id", "group.id", "transactional.id", "bootstrap.servers", "state.dir", "key.serializer",
      "value.serializer", "key.deserializer", "value.deserializer", "replication.factor");

  /** One that runs, and ends by being closed. */
  interface Running extends AutoCloseable {
    Properties settings();

    @Override
    void close() throws InterruptedException;
  }

  private Hop() {}

  public static void main(String[] args) throws Exception {
    Options programme = new Options(args);
    boolean streams = programme.text("kind", null).equals("streams");
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String run = null;
    Running running = null;
    for (String line; (line = lines.readLine()) != null; ) {
      if (line.equals("stop")) {
        running.close();
        System.out.println("stopped " + run);
        continue;
      }
      Options options = new Options((String.join(" ", args) + " " + line.substring("start ".length())).split(" "));
      run = options.text("run", null);
      running = streams ? StreamsHop.start(options) : LoopHop.start(options);
      System.out.println("running " + run + " " + text(running.settings()));
    }
    System.exit(0);
  }

  private static String text(Properties settings) {
    return settings.entrySet().stream()
        .filter(entry -> !OWN.contains(entry.getKey().toString()))
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .sorted()
        .collect(Collectors.joining(" "));
  }
}
