import { loadavg, uptime } from 'node:os';
import systeminformation from 'systeminformation';
import type { Reading } from '../../framework/samples.js';
import type { HostConfig } from './config.js';
import {
  cpuSamples,
  diskActivitySamples,
  diskSpaceSamples,
  firstByName,
  loadSamples,
  memorySamples,
  networkSamples,
  ownSamples,
  processSamples,
} from './samples.js';

export interface ReadingOptions extends HostConfig {
  /** Receives the number of mounts or interfaces above the limit. */
  readonly onLeftOut: (reading: string, count: number) => void;
}

/** Readings that are cheap enough for every second. */
export function fastReadings({ maxInstances, onLeftOut }: ReadingOptions): Reading[] {
  return [
    { name: 'cpu', read: async () => cpuSamples(await systeminformation.currentLoad()) },
    { name: 'memory', read: async () => memorySamples(await systeminformation.mem()) },
    {
      name: 'disk_activity',
      read: async () =>
        diskActivitySamples(await systeminformation.fsStats(), await systeminformation.disksIO()),
    },
    {
      name: 'network',
      read: async () => {
        const all = await systeminformation.networkStats('*');
        const { kept, leftOut } = firstByName(all, (one) => one.iface, maxInstances);
        if (leftOut > 0) onLeftOut('network', leftOut);
        return networkSamples(kept);
      },
    },
    { name: 'load', read: async () => loadSamples(loadavg(), uptime()) },
    { name: 'own', read: async () => ownSamples(process.memoryUsage.rss()) },
  ];
}

/** Readings that start other programs or list all processes. */
export function slowReadings({ maxInstances, onLeftOut }: ReadingOptions): Reading[] {
  return [
    {
      name: 'disk_space',
      read: async () => {
        const all = await systeminformation.fsSize();
        const { kept, leftOut } = firstByName(all, (one) => one.mount, maxInstances);
        if (leftOut > 0) onLeftOut('disk_space', leftOut);
        return diskSpaceSamples(kept);
      },
    },
    { name: 'processes', read: async () => processSamples(await systeminformation.processes()) },
  ];
}
