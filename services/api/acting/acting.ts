import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { ControlAccess } from '../../../shared/control/control-access.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import type { Refused } from '../access/asking.js';
import type { Caller } from '../access/caller.js';
import { auditName } from '../people/people-audit.js';
import { ControlTopics } from './control-topics.js';
import { DashboardStore } from './dashboard-store.js';
import { DeadLetters } from './dead-letters.js';
import { Once, StoredRequests } from './once.js';
import { RuleEvaluations } from './rule-evaluations.js';

/** What routes change things with. */
export interface Acting {
  readonly control: ControlTopics;
  readonly once: Once;
  readonly dashboards: DashboardStore;
  readonly letters: DeadLetters;
  readonly evaluations: RuleEvaluations;
  /** Takes down that somebody was refused. */
  readonly refused: Refused;
}

/** Waits for servers. */
export async function openActing(context: WorkerContext, pool: Pool, refused: Refused): Promise<Acting> {
  return {
    control: await ControlTopics.open(context),
    once: new Once(new StoredRequests(pool)),
    dashboards: new DashboardStore(pool),
    letters: new DeadLetters(context),
    evaluations: new RuleEvaluations(context.config),
    refused,
  };
}

/** Control topics for who asks. */
export function accessFor({ control }: Pick<Acting, 'control'>, caller: Caller): ControlAccess {
  return control.as(auditName(caller));
}
