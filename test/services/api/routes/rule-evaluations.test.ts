import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Alert } from '../../../../schemas/types.js';
import { Gatekeeper } from '../../../../services/api/access/asking.js';
import type { Caller } from '../../../../services/api/access/caller.js';
import type { Evaluation, RuleEvaluations } from '../../../../services/api/acting/rule-evaluations.js';
import { buildApp } from '../../../../services/api/http/app.js';
import { ruleEvaluationRoutes } from '../../../../services/api/routes/rule-evaluations.js';
import type { ApiServices } from '../../../../services/api/routes/services.js';
import { APP_OPTIONS } from '../http/app-options.js';

const START = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;

describe('a backtest', () => {
  let now = START;
  let changes: readonly Alert[] = [];
  let app: Awaited<ReturnType<typeof buildApp>>;
  let url = '';

  before(async () => {
    const caller: Caller = {
      ...{ kind: 'key', id: 'k', name: 'key:k', tenantId: 't', expiresAt: null, inForce: () => true },
      ...{ may: () => true, tenants: () => ['t'] },
    } as Caller;
    const run: RuleEvaluations['run'] = async (_, __, use) => {
      // Others have their turn first.
      now += MINUTE;
      const evaluation: Evaluation = {
        outcome: { kind: 'backtest' },
        passOn: async () => ({
          ...{ kind: 'changes', changes, looked: { windows: 1, anomalies: 0 }, recorded: 0 },
        }),
      };
      return await use(evaluation);
    };
    const services = {
      clock: { now: () => now },
      acting: { evaluations: { run, timeoutMs: 10_000, waits: {} } },
      database: { read: async () => [[], []] },
    } as unknown as ApiServices;
    app = await buildApp({
      ...{ ...APP_OPTIONS, maxConnections: 100, maxBodyBytes: 1_048_576 },
      gatekeeper: new Gatekeeper([{ authenticate: () => caller } as never], () => {}),
      routes: [ruleEvaluationRoutes(services)],
    });
    url = `http://127.0.0.1:${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/rules/backtest`;
  });
  after(async () => await app.close());

  const backtest = async () => {
    const answer = await fetch(`${url}?tenantId=t`, {
      ...{ method: 'POST', body: JSON.stringify({ rules: 'rules: []', from: 'now-30m' }) },
      headers: { authorization: 'Bearer k', 'content-type': 'application/json' },
    });
    return { status: answer.status, body: await answer.json() };
  };

  it('has its time from when it is its turn', async () => {
    const { body } = await backtest();
    assert.deepEqual([body.complete, body.windows], [true, 1]);
  });

  it('of which many alerts would have changed at once shows the first of these', async () => {
    const one: Alert = {
      ...{ fingerprint: 'f', rule: 'A', tenantId: 't', state: 'firing', severity: 'info', value: 1 },
      ...{ labels: {}, annotations: {}, startsAt: START, endsAt: null, updatedAt: START },
    };
    changes = Array<Alert>(300_000).fill(one);
    const { status, body } = await backtest();
    assert.deepEqual([status, body.fired, body.changes?.length, body.complete], [200, 300_000, 1_000, false]);
  });
});
