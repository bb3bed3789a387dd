import { Tenants } from '../admission/tenants.js';
import type { ValueDecoder } from '../ports/codec.js';
import type { WorkerContext } from '../process/context.js';
import { followedTenants } from '../process/followed-tenants.js';
import { followControlTopic } from './follow-control-topic.js';

/** A tenant is known by having a record; its content does not matter. */
const PRESENT: ValueDecoder<true> = {
  prepare: async () => {},
  fieldsInPlace: () => 0,
  decode: () => true,
};

/**
 * The tenants of `TENANTS_FILE` and, from `follow` on, of `control.tenants`.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong
 */
export function knownTenants(context: Pick<WorkerContext, 'config' | 'log' | 'health' | 'stopping'>): {
  readonly tenants: Tenants;
  /** Resolves when the records that there are were read; calling the result stops following. */
  readonly follow: () => Promise<() => Promise<void>>;
} {
  const { config, log, stopping } = context;
  const { unknownTenants, maxSeriesPerTenant, tenantsFile } = config.ingest;
  const tenants = new Tenants({ rejectUnknown: unknownTenants === 'reject', maxSeries: maxSeriesPerTenant });
  const file = followedTenants(tenantsFile, log);
  tenants.useFile(file.current);
  file.onChange((profiles) => tenants.useFile(profiles));
  const follow = async () => {
    void file.follow(stopping);
    return await followControlTopic(context, {
      topic: 'control.tenants',
      decoder: PRESENT,
      changed: (id, present) => tenants.useRecord(id, present !== null),
    });
  };
  return { tenants, follow };
}
