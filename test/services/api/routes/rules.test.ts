import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Gatekeeper } from '../../../../services/api/access/asking.js';
import type { Caller } from '../../../../services/api/access/caller.js';
import { Once, type RequestStore } from '../../../../services/api/acting/once.js';
import { buildApp } from '../../../../services/api/http/app.js';
import { ruleRoutes } from '../../../../services/api/routes/rules.js';
import type { ApiServices } from '../../../../services/api/routes/services.js';
import type { ControlAccess } from '../../../../shared/control/control-access.js';
import { controlInMemory } from '../../../support/control-in-memory.js';
import { APP_OPTIONS } from '../http/app-options.js';

const NOW = Date.UTC(2026, 10, 20, 12);
const RULE = { name: 'Slow', window: '10s', metric: 'latency', expr: 'mean > 300.0' };

describe('a rule that a tenant makes by the API', () => {
  const { access, latest } = controlInMemory(NOW);
  /** What is written is there once this is over. */
  let written: Promise<void> = Promise.resolve();
  let writes = 0;
  let app: Awaited<ReturnType<typeof buildApp>>;
  let url = '';

  before(async () => {
    const caller: Caller = {
      ...{ kind: 'key', id: 'k', name: 'key:k', tenantId: 't', expiresAt: null, inForce: () => true },
      ...{ may: () => true, tenants: () => ['t'] },
    } as Caller;
    const as = (): ControlAccess => ({
      ...access,
      async write(...steps) {
        writes += 1;
        await written;
        await access.write(...steps);
      },
    });
    const services = {
      clock: access.clock,
      acting: { control: { as }, once: new Once({} as RequestStore) },
      fileRules: { current: { rules: [], text: '' } },
    } as unknown as ApiServices;
    app = await buildApp({
      ...{ ...APP_OPTIONS, maxConnections: 100, maxBodyBytes: 1_048_576 },
      gatekeeper: new Gatekeeper([{ authenticate: () => caller }], () => {}),
      routes: [ruleRoutes(services)],
    });
    url = `http://127.0.0.1:${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/rules`;
  });
  after(async () => await app.close());

  const make = async (rule: object) => {
    const answer = await fetch(`${url}?tenantId=t`, {
      ...{ method: 'POST', body: JSON.stringify(rule) },
      headers: { authorization: 'Bearer k', 'content-type': 'application/json' },
    });
    return { status: answer.status, detail: (await answer.json()).detail };
  };

  it('is made once by who make one of that name at the same time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    written = promise;
    const first = make(RULE);
    while (writes === 0) await setTimeout(1);
    const second = make({ ...RULE, expr: 'mean > 9.0' });
    // It waits with the first one, unless it is refused.
    let isOver = false;
    void second.then(() => {
      isOver = true;
    });
    while (writes === 1 && !isOver) await setTimeout(1);
    resolve();
    assert.deepEqual([(await first).status, (await second).status], [201, 409]);
    const rules = [...latest('control.rules').values()];
    assert.deepEqual(
      rules.map(({ expression }) => expression),
      [RULE.expr],
    );
    assert.equal((await make(RULE)).status, 409);
  });

  it('is refused where all tenants together have as many as there may be, by what would help', async () => {
    const [one] = latest('control.rules').values();
    assert.ok(one !== undefined);
    for (let i = 0; i < 1_000; i += 1) latest('control.rules').set(`other:${i}`, { ...one, tenantGlob: 'o' });
    const { status, detail } = await make({ ...RULE, name: 'Other' });
    assert.equal(status, 400);
    assert.equal(detail, 'at most 1000 rules are allowed for all tenants together, and there are as many');
  });
});
