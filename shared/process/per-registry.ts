import { Registry } from 'prom-client';

/**
 * Makes one instance per process for whoever counts in the same registry, in which a metric can stand only once. Commands
 * have none, and count for nobody.
 */
export function perRegistry<T>(make: (register: Registry) => T): (register?: Registry) => T {
  const made = new WeakMap<Registry, T>();
  return (register = new Registry()) => {
    const known = made.get(register);
    if (known !== undefined) return known;
    const telemetry = make(register);
    made.set(register, telemetry);
    return telemetry;
  };
}
