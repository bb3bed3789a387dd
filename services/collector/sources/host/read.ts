import { loadavg, uptime } from 'node:os';
import systeminformation from 'systeminformation';
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
  type Sample,
} from './samples.js';

/** One thing that is read of this host. `name` is its label in the worker's metrics. */
export interface Reading {
  readonly name: string;
  read(): Promise<Sample[]>;
}

export interface ReadingOptions {
  readonly maxInstances: number;
  /** Told how many mounts or interfaces a reading left out. */
  readonly onLeftOut: (reading: string, count: number) => void;
}

/** What is cheap enough to be read every second. */
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

/** What starts other programs or walks through all processes. */
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
