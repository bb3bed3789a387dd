import type { Config } from '../../../../shared/config/load.js';
import type { Millis } from '../../../../shared/core/clock.js';

export interface PipelineConfig {
  /** Addresses at which workers serve `/metrics`; empty to read none. */
  readonly addresses: readonly string[];
  readonly timeoutMs: Millis;
}

export function pipelineConfig({ collector }: Config): PipelineConfig {
  return {
    addresses: collector.workers
      .split(',')
      .map((address) => address.trim().replace(/\/+$/, ''))
      .filter((address) => address !== ''),
    timeoutMs: collector.readTimeoutMs,
  };
}
