import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { RegistrySchemas } from '../../../../shared/adapters/registry/registry-schemas.js';
import type { RegisteredSchema } from '../../../../shared/ports/registry.js';
import { Health } from '../../../../shared/process/health.js';

const waiting = { what: 'the schema registry', log: pino({ level: 'silent' }), health: new Health() };
const never = new AbortController().signal;

test('an id that the registry does not know is remembered as such, and asked for again later', async () => {
  let now = 1_000_000;
  const asked: number[] = [];
  const known = new Map<number, RegisteredSchema>();
  const schemas = new RegistrySchemas(
    {
      schemaById: async (id) => {
        asked.push(id);
        return known.get(id) ?? null;
      },
    },
    { now: () => now },
    waiting,
  );
  await schemas.prepare(new Set([5, -1]), never);
  await schemas.prepare(new Set([5]), never);
  assert.deepEqual(asked, [5], 'asked once; a negative id is never asked for');
  assert.equal(schemas.get(5), undefined);
  known.set(5, { schema: 'string' });
  now += 30_000;
  await schemas.prepare(new Set([5]), never);
  assert.deepEqual(schemas.get(5), { schema: 'string' });
  await schemas.prepare(new Set([5]), never);
  assert.deepEqual(asked, [5, 5]);
});

test('ids without end do not fill the memory', async () => {
  let asked = 0;
  const schemas = new RegistrySchemas(
    {
      schemaById: async (id) => {
        asked++;
        return id % 2 === 0 ? { schema: 'string' } : null;
      },
    },
    { now: () => 0 },
    waiting,
  );
  const ids = Array.from({ length: 25_000 }, (_, index) => index);
  await schemas.prepare(new Set(ids), never);
  assert.equal(asked, ids.length);
  assert.equal(ids.filter((id) => schemas.get(id) !== undefined).length, 1_000);
});
