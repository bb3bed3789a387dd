import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { ControlAccess } from '../../../shared/control/control-access.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import type { FollowedTenants } from '../../../shared/runners/follow-tenants.js';
import type { Refused } from '../access/asking.js';
import type { Caller } from '../access/caller.js';
import { auditName } from '../people/people-audit.js';
import { ControlTopics } from './control-topics.js';
import { DashboardStore } from './dashboard-store.js';
import { DeadLetters } from './dead-letters.js';
import { DetectorSensitivity } from './detector-sensitivity.js';
import { Once, StoredRequests } from './once.js';
import { RuleEvaluations } from './rule-evaluations.js';

/** What routes change things with. */
export interface Acting {
  readonly control: ControlTopics;
  /** What expected bands are computed with. */
  readonly sensitivity: DetectorSensitivity;
  readonly once: Once;
  readonly dashboards: DashboardStore;
  readonly letters: DeadLetters;
  readonly evaluations: RuleEvaluations;
  /** Takes down that somebody was refused. */
  readonly refused: Refused;
  close(): Promise<void>;
}

/** Waits for servers. */
export async function openActing(
  context: WorkerContext,
  pool: Pool,
  refused: Refused,
  { tenants, follow }: FollowedTenants,
): Promise<Acting> {
  const [control, unfollow] = await Promise.all([ControlTopics.open(context), follow()]);
  return {
    control,
    sensitivity: new DetectorSensitivity(context.config.anomaly.sensitivity, tenants, control.sensitivities),
    once: new Once(new StoredRequests(pool)),
    dashboards: new DashboardStore(pool),
    letters: new DeadLetters(context),
    evaluations: new RuleEvaluations(context.config),
    refused,
    close: async () => {
      await Promise.all([control.close(), unfollow()]);
    },
  };
}

/** Control topics for who asks. */
export function accessFor({ control }: Pick<Acting, 'control'>, caller: Caller): ControlAccess {
  return control.as(auditName(caller));
}
