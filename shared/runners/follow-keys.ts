import { Counter, Gauge, type Registry } from 'prom-client';
import { Codecs } from '../adapters/avro/codecs.js';
import { keySecret } from '../config/key-secret.js';
import type { Clock } from '../core/clock.js';
import {
  type Access,
  isRefusal,
  type KeyRefusal,
  type KeyVerifier,
  type Principal,
  type RefusalReason,
  type Scope,
} from '../ports/keys.js';
import type { WorkerContext } from '../process/context.js';
import { authorized, KeyRing } from '../security/key-ring.js';
import type { AuditTrail } from './audit-trail.js';
import { followControlTopic } from './follow-control-topic.js';
import { RareWarning } from './rare-warning.js';

/** The metrics of who verifies keys. */
export function keyTelemetry(register: Registry): {
  refused(reason: RefusalReason): void;
  ignored(): void;
  watch(ring: KeyRing): void;
} {
  const registers = [register];
  const refused = new Counter({
    name: 'tactus_key_refusals_total',
    help: 'Requests refused because of what they presented as a key, or because the key does not include the scope or the tenant',
    labelNames: ['reason'],
    registers,
  });
  const ignored = new Counter({
    name: 'tactus_key_records_ignored_total',
    help: 'Records of control.keys that are ignored, mostly because their MAC is not right: somebody else writes to that topic, or with another secret',
    registers,
  });
  let watched: KeyRing | null = null;
  new Gauge({
    name: 'tactus_keys',
    help: 'Keys that are known, those that are expired or revoked included',
    registers,
    collect() {
      this.set(watched?.size ?? 0);
    },
  });
  return {
    refused: (reason) => refused.inc({ reason }),
    ignored: () => ignored.inc(),
    watch: (ring) => {
      watched = ring;
    },
  };
}

/** The keys of `control.keys`, for those who verify them. */
export class FollowedKeys implements KeyVerifier {
  constructor(
    private readonly ring: KeyRing,
    private readonly clock: Clock,
    private readonly audit: Pick<AuditTrail, 'refused'>,
    private readonly refusals: (reason: RefusalReason) => void,
  ) {}

  verify(presented: string, access: Access): Principal | KeyRefusal {
    const answer = this.ring.verify(presented, this.clock.now());
    if (isRefusal(answer)) this.#refused(answer, access, '');
    return answer;
  }

  authorize(
    principal: Principal,
    scope: Scope,
    tenantId: string | null,
    access: Access,
  ): { readonly tenantId: string } | KeyRefusal {
    const answer = authorized(principal, scope, tenantId);
    if (isRefusal(answer)) this.#refused(answer, access, principal.tenantId);
    return answer;
  }

  #refused(refusal: KeyRefusal, access: Access, tenantId: string): void {
    this.refusals(refusal.refused);
    this.audit.refused(refusal, access, tenantId);
  }
}

/**
 * Follows `control.keys` in every instance of a worker. Waits for servers.
 *
 * @returns once the keys that there are are known; `stop` ends the following
 * @throws TactusError `TACTUS_CONFIG_INVALID` without `TACTUS_KEYS_SECRET`
 */
export async function followKeys(
  context: WorkerContext,
  audit: Pick<AuditTrail, 'refused'>,
): Promise<{ readonly keys: KeyVerifier; readonly stop: () => Promise<void> }> {
  const { config, clock, log, metrics } = context;
  const ring = new KeyRing(keySecret(config));
  const telemetry = keyTelemetry(metrics);
  const warning = new RareWarning();
  telemetry.watch(ring);
  const stop = await followControlTopic(context, {
    topic: 'control.keys',
    decoder: new Codecs(context).decoder('control.keys'),
    changed: (id, record) => {
      const ignored = ring.changed(id, record);
      if (ignored === null) return;
      telemetry.ignored();
      const records = warning.add(1, clock.now());
      if (records > 0)
        log.error(
          { key: id, records },
          `ignoring records of control.keys, that of ${id} among them: ${ignored}`,
        );
    },
  });
  return { keys: new FollowedKeys(ring, clock, audit, telemetry.refused), stop };
}
