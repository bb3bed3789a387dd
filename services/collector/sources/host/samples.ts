import type { Systeminformation } from 'systeminformation';

/** One figure of this host, before it becomes a point of a tenant. */
export interface Sample {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Raw figures as the operating system gives them; null is what it can't tell (yet). */
type Figure = number | null | undefined;

/** CPU use since the last reading: in total, and per mode. */
export function cpuSamples(load: Systeminformation.CurrentLoadData): Sample[] {
  const modes: Record<string, Figure> = {
    user: load.currentLoadUser,
    system: load.currentLoadSystem,
    nice: load.currentLoadNice,
    irq: load.currentLoadIrq,
    steal: load.currentLoadSteal,
    guest: load.currentLoadGuest,
    idle: load.currentLoadIdle,
  };
  return [
    ...sample('system.cpu.usage_percent', load.currentLoad, 'percent'),
    ...Object.entries(modes).flatMap(([mode, value]) =>
      sample('system.cpu.mode_percent', value, 'percent', { mode }),
    ),
  ];
}

/** Memory counts as used when it can't be had without swapping: caches that can be given back don't. */
export function memorySamples(memory: Systeminformation.MemData): Sample[] {
  const { total, available, swaptotal, swapused } = memory;
  return [
    ...sample('system.memory.total_bytes', total, 'bytes'),
    ...sample('system.memory.available_bytes', available, 'bytes'),
    ...sample('system.memory.used_bytes', total - available, 'bytes'),
    ...sample('system.memory.used_percent', percent(total - available, total), 'percent'),
    ...sample('system.swap.total_bytes', swaptotal, 'bytes'),
    ...sample('system.swap.used_bytes', swapused, 'bytes'),
    ...sample('system.swap.used_percent', percent(swapused, swaptotal), 'percent'),
  ];
}

/** Space of each mount, as `df` counts it: what only root may use is neither used nor available. */
export function diskSpaceSamples(mounts: readonly Systeminformation.FsSizeData[]): Sample[] {
  return mounts.flatMap(({ mount, size, used, available }) => [
    ...sample('system.disk.size_bytes', size, 'bytes', { mount }),
    ...sample('system.disk.used_bytes', used, 'bytes', { mount }),
    ...sample('system.disk.available_bytes', available, 'bytes', { mount }),
    ...sample('system.disk.used_percent', percent(used, used + available), 'percent', { mount }),
  ]);
}

/** Throughput and operations of all disks since the last reading; nothing at the first. */
export function diskActivitySamples(
  bytes: Systeminformation.FsStatsData | null,
  operations: Systeminformation.DisksIoData | null,
): Sample[] {
  return [
    ...sample('system.disk.read_bytes_per_second', bytes?.rx_sec, 'bytes/s'),
    ...sample('system.disk.write_bytes_per_second', bytes?.wx_sec, 'bytes/s'),
    ...sample('system.disk.reads_per_second', operations?.rIO_sec, 'operations/s'),
    ...sample('system.disk.writes_per_second', operations?.wIO_sec, 'operations/s'),
  ];
}

/** Traffic of each interface since the last reading, and errors since the host started. */
export function networkSamples(interfaces: readonly Systeminformation.NetworkStatsData[]): Sample[] {
  return interfaces.flatMap((one) => {
    const tags = { interface: one.iface };
    return [
      ...sample('system.network.receive_bytes_per_second', one.rx_sec, 'bytes/s', tags),
      ...sample('system.network.transmit_bytes_per_second', one.tx_sec, 'bytes/s', tags),
      ...sample('system.network.receive_bytes', one.rx_bytes, 'bytes', tags),
      ...sample('system.network.transmit_bytes', one.tx_bytes, 'bytes', tags),
      ...sample('system.network.errors', one.rx_errors + one.tx_errors, 'packets', tags),
      ...sample('system.network.dropped', one.rx_dropped + one.tx_dropped, 'packets', tags),
    ];
  });
}

/** Load averages over 1, 5 and 15 minutes, and the time since the host started. */
export function loadSamples(averages: readonly number[], uptimeSeconds: number): Sample[] {
  return [
    ...sample('system.load.1m', averages[0], 'processes'),
    ...sample('system.load.5m', averages[1], 'processes'),
    ...sample('system.load.15m', averages[2], 'processes'),
    ...sample('system.uptime_seconds', uptimeSeconds, 's'),
  ];
}

/** How many processes there are, by state. */
export function processSamples(
  processes: Pick<Systeminformation.ProcessesData, 'all' | 'running' | 'blocked' | 'sleeping'>,
): Sample[] {
  return [
    ...sample('process.count', processes.all, 'processes'),
    ...sample('process.running', processes.running, 'processes'),
    ...sample('process.blocked', processes.blocked, 'processes'),
    ...sample('process.sleeping', processes.sleeping, 'processes'),
  ];
}

/** The collector's own share of memory. */
export function ownSamples(residentBytes: number): Sample[] {
  return sample('process.resident_memory_bytes', residentBytes, 'bytes', { process: 'collector' });
}

/** The first `limit` by name, so that the same ones are reported every time, and how many are left out. */
export function firstByName<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  limit: number,
): { kept: T[]; leftOut: number } {
  const byName = new Map(items.map((item) => [nameOf(item), item]));
  const names = [...byName.keys()].sort().slice(0, limit);
  return {
    kept: names.map((name) => byName.get(name) as T),
    leftOut: byName.size - names.length,
  };
}

/** No sample for what the system can't tell: a gap is honest, a zero is not. */
function sample(
  metric: string,
  value: Figure,
  unit: string,
  tags?: Readonly<Record<string, string>>,
): Sample[] {
  if (typeof value !== 'number' || !Number.isFinite(value)) return [];
  return [tags === undefined ? { metric, value, unit } : { metric, value, unit, tags }];
}

function percent(part: number, whole: number): Figure {
  return whole > 0 ? (part / whole) * 100 : null;
}
