import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findAnomalies } from '../../../../services/api/queries/anomalies.js';
import type { TenantReader } from '../../../../services/api/queries/tenant-database.js';

it('anomalies are listed beside mutes of what the database cannot hold: they fit none of them', async () => {
  let given: readonly unknown[] = [];
  const reader: TenantReader = {
    rows: async (_, values = []) => {
      given = values;
      return [];
    },
  };
  const series = [
    { metric: 'cpu.*', tags: { host: 'web-1' } },
    { metric: 'cpu\0', tags: {} },
    { metric: 'cpu', tags: { host: 'a\0' } },
    { metric: 'cpu', tags: { 'a\0': 'b' } },
    { metric: 'cpu', tags: { host: '\ud800' } },
  ];
  await findAnomalies(reader, {
    ...{ muted: { series, wanted: false }, start: 0, end: 1, after: null, limit: 1 },
  });
  assert.deepEqual(given.slice(-2), [['cpu.%'], ['{"host":"web-1"}']]);
});
