package bench;

import java.util.HashMap;
import java.util.Map;

/** Arguments of the form name=value. */
final class Options {
  private final Map<String, String> values = new HashMap<>();

  Options(String[] args) {
    for (String arg : args) {
      int equals = arg.indexOf('=');
      if (equals < 0) throw new IllegalArgumentException("not name=value: " + arg);
      values.put(arg.substring(0, equals), arg.substring(equals + 1));
    }
  }

  /** @throws IllegalArgumentException when it is missing and has no default */
  String text(String name, String byDefault) {
    String value = values.getOrDefault(name, byDefault);
    if (value == null) throw new IllegalArgumentException("missing: " + name);
    return value;
  }

  int number(String name, Integer byDefault) {
    return Integer.parseInt(text(name, byDefault == null ? null : byDefault.toString()));
  }

  boolean flag(String name, boolean byDefault) {
    return Boolean.parseBoolean(text(name, Boolean.toString(byDefault)));
  }
}
