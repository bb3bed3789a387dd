import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PreparedApi } from './schema/prepared.js';
import { runSchemathesis, schemathesis, tableOf, unanswered } from './schema/run.js';

/** The short form of `npm run test:api-schema`, which has all roles, phases and more examples. */
const SHORT = { examples: 2, phases: ['examples'], seed: 17 } as const;
const ROLES = ['admin', 'viewer', 'other'] as const;

describe('the API and its description', { timeout: 400_000 }, () => {
  let prepared: PreparedApi;
  let programs = '';

  before(async () => {
    [prepared, programs] = await Promise.all([PreparedApi.start(), schemathesis()]);
  });
  after(() => prepared.stop());

  it('agree, whoever asks, and each operation does what it is for', async (t) => {
    const requests = await prepared.requests();
    const { url } = prepared.api;
    for (const role of ROLES) {
      const asker = prepared.asker(role);
      const result = await runSchemathesis(programs, { url, asker, requests, ...SHORT });
      assert.ok(result.isSound, result.output);
      for (const line of tableOf(result.answered)) t.diagnostic(`${role}: ${line}`);
      if (role === 'admin') assert.deepEqual(unanswered(result), []);
    }
  });
});
