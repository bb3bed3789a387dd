import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { messageOf, TactusError } from '../../../shared/core/errors.js';

/** Ports of the embedded servers; Kafka has one for clients and one for its controller. */
const PORT_NAMES = ['kafka', 'kafkaController', 'registry', 'redis', 'database'] as const;

type PortName = (typeof PORT_NAMES)[number];
export type Ports = Record<PortName, number>;

/** Of one broker of Kafka. */
export interface BrokerPorts {
  readonly port: number;
  readonly controllerPort: number;
}

/** Below the range from which Linux takes ports for outgoing connections, which would come and go. */
const RANGE = { from: 20_000, to: 32_000 };

/**
 * A port for each server: the fixed one, else the one it had on this data before (Kafka tells its
 * clients its address), else a free one. The choice is kept in `ports.json` of the data folder.
 *
 * @param brokers how many brokers Kafka has; the first has the ports `kafka` and `kafkaController`
 * @throws TactusError `TACTUS_EMBEDDED_FAILED` when a fixed port is taken.
 */
export async function choosePorts(
  dataDir: string,
  fixed: Partial<Ports>,
  brokers = 1,
): Promise<Ports & { readonly brokers: readonly BrokerPorts[] }> {
  const before = remembered(join(dataDir, 'ports.json'));
  const more = Array.from({ length: brokers - 1 }, (_, i) => brokerPortNames(i + 2)).flat();
  const names: readonly string[] = [...PORT_NAMES, ...more];
  const ports: Record<string, number> = {};
  for (const name of names) {
    const wanted = fixed[name as PortName];
    if (wanted !== undefined && !(await isFree(wanted)))
      throw new TactusError(
        'TACTUS_EMBEDDED_FAILED',
        `port ${wanted} for ${name} is taken: stop what listens there, or give another port`,
      );
    const last = before[name];
    if (wanted !== undefined) ports[name] = wanted;
    else if (last !== undefined && (await isFree(last))) ports[name] = last;
  }
  for (const name of names) ports[name] ??= await freePort(new Set(Object.values(ports)));
  writeFileSync(join(dataDir, 'ports.json'), `${JSON.stringify(ports, null, 2)}\n`);
  const ofBroker = (number: number): BrokerPorts => {
    const [port, controllerPort] = brokerPortNames(number).map((name) => ports[name] as number);
    return { port: port as number, controllerPort: controllerPort as number };
  };
  const all = Array.from({ length: brokers }, (_, i) => ofBroker(i + 1));
  return { ...(ports as Ports), brokers: all };
}

/** @param number of the broker, from 1 */
function brokerPortNames(number: number): readonly string[] {
  const suffix = number === 1 ? '' : `${number}`;
  return [`kafka${suffix}`, `kafkaController${suffix}`];
}

/** A port on the loopback address that nobody listens on and that is not in `taken`. */
export async function freePort(taken: ReadonlySet<number | undefined> = new Set()): Promise<number> {
  for (;;) {
    const port = RANGE.from + Math.floor(Math.random() * (RANGE.to - RANGE.from));
    if (!taken.has(port) && (await isFree(port))) return port;
  }
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function remembered(file: string): Readonly<Record<string, number>> {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  } catch (error) {
    throw new TactusError(
      'TACTUS_EMBEDDED_FAILED',
      `${file} cannot be read: ${messageOf(error)}; remove it to have new ports chosen`,
      { cause: error },
    );
  }
}
