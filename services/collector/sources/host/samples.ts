import type { Systeminformation } from 'systeminformation';
import type { Sample } from '../../framework/samples.js';

/** A raw value of the operating system; null when it is not available (yet). */
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

/** Used memory excludes caches that can be reclaimed without swapping. */
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

/** Space of each mount as `df` counts it: what is reserved for root is neither used nor available. */
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

/** Number of processes by state. */
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

/** The collector's own memory. */
export function ownSamples(residentBytes: number): Sample[] {
  return sample('process.resident_memory_bytes', residentBytes, 'bytes', { process: 'collector' });
}

/** The first `limit` items by name, so that they are the same every time, and the number of the others. */
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

/** No sample when the value is not available: a gap, not a zero. */
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
