import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { messageOf, TactusError } from '../../../shared/core/errors.js';

/** Ports of the embedded servers; Kafka has one for clients and one for its controller. */
const PORT_NAMES = ['kafka', 'kafkaController', 'registry', 'redis', 'database'] as const;

type PortName = (typeof PORT_NAMES)[number];
export type Ports = Record<PortName, number>;

/** Below the range from which Linux takes ports for outgoing connections, which would come and go. */
const RANGE = { from: 20_000, to: 32_000 };

/**
 * A port for each server: the fixed one, else the one it had on this data before (Kafka tells its
 * clients its address), else a free one. The choice is kept in `ports.json` of the data folder.
 *
 * @throws TactusError `TACTUS_EMBEDDED_FAILED` when a fixed port is taken.
 */
export async function choosePorts(dataDir: string, fixed: Partial<Ports>): Promise<Ports> {
  const before = remembered(join(dataDir, 'ports.json'));
  const ports: Partial<Ports> = {};
  for (const name of PORT_NAMES) {
    const wanted = fixed[name];
    if (wanted !== undefined && !(await isFree(wanted)))
      throw new TactusError(
        'TACTUS_EMBEDDED_FAILED',
        `port ${wanted} for ${name} is taken: stop what listens there, or give another port`,
      );
    const last = before[name];
    if (wanted !== undefined) ports[name] = wanted;
    else if (last !== undefined && (await isFree(last))) ports[name] = last;
  }
  for (const name of PORT_NAMES) ports[name] ??= await freePort(new Set(Object.values(ports)));
  writeFileSync(join(dataDir, 'ports.json'), `${JSON.stringify(ports, null, 2)}\n`);
  return ports as Ports;
}

/** A port on the loopback address that nobody listens on and that is not in `taken`. */
export async function freePort(taken: ReadonlySet<number | undefined> = new Set()): Promise<number> {
  for (;;) {
    const port = RANGE.from + Math.floor(Math.random() * (RANGE.to - RANGE.from));
    if (!taken.has(port) && (await isFree(port))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function remembered(file: string): Partial<Ports> {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Ports>;
  } catch (error) {
    throw new TactusError(
      'TACTUS_EMBEDDED_FAILED',
      `${file} cannot be read: ${messageOf(error)}; remove it to have new ports chosen`,
      { cause: error },
    );
  }
}
