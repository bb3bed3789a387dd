import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LocalGateway } from '../../support/local-gateway.js';

interface Described {
  readonly openapi: string;
  readonly paths: Record<string, { post: { responses: Record<string, unknown> } }>;
  readonly components: { schemas: Record<string, { properties: Record<string, unknown> }> };
}

it('the gateway describes its JSON paths, with the fields that it takes', async () => {
  const gateway = await LocalGateway.start();
  const response = await fetch(`http://127.0.0.1:${gateway.port}/openapi.json`);
  const { openapi, paths, components } = (await response.json()) as Described;
  assert.match(openapi, /^3\.1/);
  const items: Record<string, Record<string, unknown>> = {
    Point: {
      ...{ metric: 'm', name: 'm', value: 1, tags: { a: 1 }, timestamp: new Date().toISOString() },
      ...{ id: 'i', unit: 'ms', kind: 'delta', tenantId: 'acme' },
    },
    Event: {
      ...{ type: 't', subjectId: 's', attributes: { a: 1 }, timestamp: Date.now(), id: 'i' },
      tenantId: 'acme',
    },
  };
  for (const [path, name] of [
    ['/api/v1/metrics', 'Point'],
    ['/api/v1/events', 'Event'],
  ] as const) {
    const item = items[name] as Record<string, unknown>;
    assert.deepEqual(
      Object.keys(components.schemas[name]?.properties ?? {}).sort(),
      Object.keys(item).sort(),
    );
    const { status, text } = await gateway.post(path, JSON.stringify(item));
    assert.deepEqual([status, text], [200, '{"accepted":1,"duplicates":0,"rejected":[]}']);
    const unknown = await gateway.post(path, JSON.stringify({ ...item, tagz: {} }));
    assert.equal(unknown.status, 400);
    assert.match(unknown.text, /TACTUS_FIELD_INVALID.*tagz/);
    assert.ok('503' in (paths[path]?.post.responses ?? {}));
  }
  await gateway.stop();
});
