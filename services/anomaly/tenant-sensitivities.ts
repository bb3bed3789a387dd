import type { TenantConfig } from '../../schemas/types.js';
import { isSensitivity, type TenantProfile } from '../../shared/catalog/tenants-file.js';
import type { Logger } from '../../shared/process/logger.js';
import { SENSITIVITIES, type TenantFactors } from './detection-rules.js';

/** Of a profile that changes nothing: the default of its schema. */
const AS_CONFIGURED = 0.5;

/**
 * How readily anomalies of each tenant are reported, by its profile in `TENANTS_FILE` or, where that sets
 * nothing, in `control.tenants`. Keeps a number for each tenant that is not {@link AS_CONFIGURED}.
 */
export class TenantSensitivities implements TenantFactors {
  #ofFile: ReadonlyMap<string, TenantProfile> = new Map();
  readonly #ofTopic = new Map<string, number>();
  #version = 0;

  constructor(private readonly log: Logger) {}

  get version(): number {
    return this.#version;
  }

  /** 1/5 for a profile of 0, 1 for one of 0.5, 5 for one of 1; each step by a tenth is a factor of 1.38. */
  factorOf(tenantId: string): number {
    const [, most] = SENSITIVITIES;
    const profile = this.#ofFile.get(tenantId)?.sensitivity ?? this.#ofTopic.get(tenantId) ?? AS_CONFIGURED;
    return most ** (2 * profile - 1);
  }

  /** The file as a whole. */
  useFile(profiles: ReadonlyMap<string, TenantProfile>): void {
    this.#ofFile = profiles;
    this.#version += 1;
  }

  /** A record of the topic. A wrong one is logged and counts as none: a restart would not find the one before. */
  useRecord(tenantId: string, config: TenantConfig | null): void {
    const sensitivity = config?.sensitivity ?? AS_CONFIGURED;
    if (!isSensitivity(sensitivity))
      this.log.error(
        { tenantId },
        `left out of control.tenants: ${tenantId}: sensitivity: must be a number from 0 to 1; it is ${sensitivity}`,
      );
    if (sensitivity === AS_CONFIGURED || !isSensitivity(sensitivity)) this.#ofTopic.delete(tenantId);
    else this.#ofTopic.set(tenantId, sensitivity);
    this.#version += 1;
  }
}
