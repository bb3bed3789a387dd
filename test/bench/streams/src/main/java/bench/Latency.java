package bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * The load and the reader of the latency bench: one JVM for all measurements of a run, so that it is warm after the
 * first. Arguments `brokers= pid=` (process of the broker); each line on standard input is a measurement,
 * `run= input= output= schema= rate= seconds= warm= partitions= keys=series|none`, and `windows= grace=` if the
 * topic of windows is watched too.
 *
 * Answers `ready RUN` when the reader stands at the ends of its topics, `from RUN MILLIS` and `to RUN MILLIS` where the
 * measured stretch begins and ends, and `result RUN {...}`: times in milliseconds.
 */
public final class Latency {
  private Latency() {}

  public static void main(String[] args) throws Exception {
    Options programme = new Options(args);
    BrokerRequests requests = BrokerRequests.of(programme.text("pid", null));
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; )
      new Measurement(programme.text("brokers", null), new Options(line.split(" ")), requests).run();
    System.exit(0);
  }
}
