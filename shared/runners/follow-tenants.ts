import { Codecs } from '../adapters/avro/codecs.js';
import { profileOf } from '../catalog/tenants-file.js';
import { type Attempt, attempt } from '../core/errors.js';
import type { ValueDecoder } from '../ports/codec.js';
import type { WorkerContext } from '../process/context.js';
import { followedTenants } from '../process/followed-tenants.js';
import { KnownTenants } from '../tenancy/known-tenants.js';
import { NO_PROFILE } from '../tenancy/profile.js';
import { followControlTopic } from './follow-control-topic.js';

export type TenantContext = Pick<WorkerContext, 'config' | 'log' | 'health' | 'stopping'>;

export interface FollowedTenants {
  readonly tenants: KnownTenants;
  /** Resolves when the records that there are were read; calling the result stops following. Waits for servers. */
  readonly follow: () => Promise<() => Promise<void>>;
}

/**
 * The tenants of `TENANTS_FILE` and `control.tenants`. A record that is wrong is logged and sets nothing, nor does the one
 * before it, which a restart would not find again; its tenant is known.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong
 */
export function followedProfiles(context: TenantContext): FollowedTenants {
  const { config, log, stopping } = context;
  const tenants = new KnownTenants();
  const file = followedTenants(config.ingest.tenantsFile, log);
  tenants.useFile(file.current);
  file.onChange((profiles) => tenants.useFile(profiles));
  const follow = async () => {
    void file.follow(stopping);
    return await followControlTopic(context, {
      topic: 'control.tenants',
      decoder: tolerant(new Codecs(context).decoder('control.tenants')),
      changed: (id, record) => {
        const { value = null, problem: unreadable = null } = record ?? {};
        const read = value === null ? null : attempt(() => profileOf(id, value));
        const ignored = tenants.useRecord(id, record === null ? null : (read?.value ?? NO_PROFILE));
        const problem = unreadable ?? read?.problem ?? ignored;
        if (problem !== null) log.error({ tenant: id }, `left out of control.tenants: ${problem}`);
      },
    });
  };
  return { tenants, follow };
}

/** Gives an error as a value: the tenant is known by having a record. */
function tolerant<T>(decoder: ValueDecoder<T>): ValueDecoder<Attempt<T>> {
  return {
    prepare: (batch, signal) => decoder.prepare(batch, signal),
    fieldsInPlace: (id) => decoder.fieldsInPlace(id),
    decode: (value) => attempt(() => decoder.decode(value)),
  };
}
