package bench;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** How many requests of each kind the broker has answered, by its own count: read over JMX, from the same machine. */
final class BrokerRequests {
  private static final String ALL = "kafka.network:type=RequestMetrics,name=RequestsPerSec,*";
  /** The broker counts these a second time, under the name of the request that they are. */
  private static final Set<String> TWICE = Set.of("FetchConsumer", "FetchFollower", "AddPartitionsToTxnVerification");

  private final MBeanServerConnection broker;

  private BrokerRequests(MBeanServerConnection broker) {
    this.broker = broker;
  }

  /** Null when the process does not let itself be asked. */
  static BrokerRequests of(String pid) {
    try {
      VirtualMachine machine = VirtualMachine.attach(pid);
      try {
        JMXServiceURL address = new JMXServiceURL(machine.startLocalManagementAgent());
        return new BrokerRequests(JMXConnectorFactory.connect(address).getMBeanServerConnection());
      } finally {
        machine.detach();
      }
    } catch (Exception error) {
      System.out.println("no requests of the broker: " + error);
      return null;
    }
  }

  /** By name of the request, all its versions together. */
  Map<String, Long> counts() {
    try {
      Map<String, Long> counts = new HashMap<>();
      Set<ObjectName> names = broker.queryNames(new ObjectName(ALL), null);
      for (ObjectName name : names) {
        String request = name.getKeyProperty("request");
        if (!TWICE.contains(request)) counts.merge(request, (Long) broker.getAttribute(name, "Count"), Long::sum);
      }
      return counts;
    } catch (IOException | JMException error) {
      throw new IllegalStateException(error);
    }
  }
}
