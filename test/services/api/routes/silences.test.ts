import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Gatekeeper } from '../../../../services/api/access/asking.js';
import type { Caller } from '../../../../services/api/access/caller.js';
import { AlertDecisions } from '../../../../services/api/acting/alert-decisions.js';
import { Once, type RequestStore } from '../../../../services/api/acting/once.js';
import { buildApp } from '../../../../services/api/http/app.js';
import type { AlertRow } from '../../../../services/api/queries/alerts.js';
import type { ApiServices } from '../../../../services/api/routes/services.js';
import { silenceRoutes } from '../../../../services/api/routes/silences.js';
import type { ControlAccess } from '../../../../shared/control/control-access.js';
import { controlInMemory } from '../../../support/control-in-memory.js';
import { APP_OPTIONS } from '../http/app-options.js';

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const JSON_BODY = { 'content-type': 'application/json' };
const WANTED = { matchers: ['host="a"'], for: '1h', comment: 'move' };

describe('a silence that is changed by the API', () => {
  const { access, latest } = controlInMemory(NOW);
  let tenant = 't';
  /** What is written is there once this is over. */
  let written: Promise<void> = Promise.resolve();
  let writes = 0;
  let alerts: Pick<AlertRow, 'tenantId' | 'labels' | 'startsAt'>[] = [];
  let app: Awaited<ReturnType<typeof buildApp>>;
  let url = '';

  before(async () => {
    const caller: Caller = {
      ...{ kind: 'key', id: 'k', name: 'key:k', tenantId: 't', expiresAt: null, inForce: () => true },
      ...{ may: (_, tenantId) => tenantId === tenant, tenants: () => [tenant] },
    } as Caller;
    const gatekeeper = new Gatekeeper([{ authenticate: () => caller }], () => {});
    const acts: ControlAccess = {
      ...access,
      async write(...steps) {
        writes += 1;
        await written;
        await access.write(...steps);
      },
    };
    const decisions = new AlertDecisions(latest('control.alerts'));
    const control = { as: () => acts, decisions };
    const services = {
      ...{ clock: access.clock, acting: { control, once: new Once({} as RequestStore) } },
      database: { read: async () => alerts },
    } as unknown as ApiServices;
    app = await buildApp({
      ...{ ...APP_OPTIONS, gatekeeper, maxConnections: 100, maxBodyBytes: 1_048_576 },
      routes: [silenceRoutes(services)],
    });
    url = `http://127.0.0.1:${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/silences`;
  });
  after(async () => await app.close());

  const ask = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${url}${path}?tenantId=${tenant}`, {
      ...{ method, headers: { authorization: 'Bearer k', ...(body && JSON_BODY), ...headers } },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return {
      status: answer.status,
      etag: answer.headers.get('etag'),
      body: JSON.parse((await answer.text()) || 'null'),
    };
  };

  it('keeps its id and its start, and is refused to who has read an earlier version', async () => {
    const made = await ask('POST', '', WANTED);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { id, etag } = made.body;
    assert.equal(made.etag, etag);
    assert.equal((await ask('GET', `/${id}`)).etag, etag);
    const changed = await ask(
      'PUT',
      `/${id}`,
      { ...WANTED, for: '3h', comment: 'longer' },
      { 'if-match': etag },
    );
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    assert.deepEqual(
      [changed.body.id, changed.body.comment, changed.body.startsAt, changed.body.endsAt],
      [id, 'longer', new Date(NOW).toISOString(), new Date(NOW + 3 * HOUR).toISOString()],
    );
    assert.notEqual(changed.etag, etag);
    const late = await ask('PUT', `/${id}`, { ...WANTED, for: '10m' }, { 'if-match': etag });
    assert.deepEqual(
      [late.status, late.body.code, late.etag],
      [412, 'TACTUS_VERSION_MISMATCH', changed.etag],
    );
    assert.match(
      late.body.detail,
      /the silence was changed since it was read, by ann at 2026-11-20T12:00:00/,
    );
    assert.equal((await ask('PUT', `/${id}`, WANTED)).status, 428, 'without the version that was read');
    assert.equal([...latest('control.alerts').values()].length, 1);
  });

  it('may not last longer than the configuration has it, whether it is made or changed', async () => {
    const endless = await ask('POST', '', { ...WANTED, for: '366d' });
    assert.deepEqual([endless.status, endless.body.code], [400, 'TACTUS_REQUEST_INVALID']);
    assert.match(endless.body.detail, /may last 365d at most \(TACTUS_ALERT_MAX_SILENCE_MS\)/);
    const { id, etag } = (await ask('POST', '', WANTED)).body;
    const changed = await ask('PUT', `/${id}`, { ...WANTED, for: '366d' }, { 'if-match': etag });
    assert.match(changed.body.detail, /may last 365d at most/);
  });

  it('is not changed by who has not read that somebody ends it', async () => {
    const { id, etag } = (await ask('POST', '', WANTED)).body;
    const { promise, resolve } = Promise.withResolvers<void>();
    written = promise;
    const before = writes;
    const ending = ask('DELETE', `/${id}`);
    while (writes === before) await setTimeout(1);
    const changing = ask('PUT', `/${id}`, WANTED, { 'if-match': etag });
    // It waits with the end, unless it is refused.
    let isOver = false;
    void changing.then(() => {
      isOver = true;
    });
    while (writes === before + 1 && !isOver) await setTimeout(1);
    resolve();
    assert.deepEqual([(await ending).status, (await changing).status], [204, 409]);
    assert.equal((await ask('GET', `/${id}`)).status, 404);
  });

  it('is previewed among others, however long its patterns take', async () => {
    const row = { tenantId: 't', state: 'firing', startsAt: new Date(NOW), updatedAt: new Date(NOW) };
    alerts = Array.from({ length: 40 }, (_, i) => ({
      ...{ ...row, fingerprint: String(i), rule: 'A', severity: 'info', value: 1, annotations: {} },
      ...{ labels: { host: `${'a'.repeat(250)}${i}` }, endsAt: null },
    }));
    const slow = 'host!~"([a-z]{1,30}){1,10}c"';
    let longest = 0;
    const began = performance.now();
    let last = began;
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const { status, body } = await ask('POST', '/preview', { ...WANTED, matchers: [slow], all: true });
    clearInterval(watch);
    assert.deepEqual([status, body.count], [200, 40], JSON.stringify(body));
    const took = performance.now() - began;
    assert.ok(longest < took / 2, `stood still for ${longest} of ${took} ms`);
  });

  it('is not there for another tenant', async () => {
    const { id, etag } = (await ask('POST', '', WANTED)).body;
    tenant = 'other';
    assert.equal((await ask('PUT', `/${id}`, WANTED, { 'if-match': etag })).status, 404);
    tenant = 't';
  });
});
