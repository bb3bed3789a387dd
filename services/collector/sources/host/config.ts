import type { Config } from '../../../../shared/config/load.js';

export interface HostConfig {
  /** Limit of mounts, and of network interfaces. */
  readonly maxInstances: number;
}

export function hostConfig({ collector }: Config): HostConfig {
  return { maxInstances: collector.maxInstances };
}
