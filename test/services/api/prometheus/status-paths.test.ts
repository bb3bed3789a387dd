import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { FastifyRequest } from 'fastify';
import type { Parameters } from '../../../../services/api/prometheus/parameters.js';
import type { AddPath, PrometheusParts } from '../../../../services/api/prometheus/path.js';
import { addStatusPaths } from '../../../../services/api/prometheus/status-paths.js';
import { loadConfig } from '../../../../shared/config/load.js';

type Answer = (parameters: Parameters, request: FastifyRequest) => Promise<unknown>;

it('alerts are those that fire and those that wait to, as with Prometheus, and it says where there are more', async () => {
  const rows = (['firing', 'pending', 'firing'] as const).map((state, i) => ({
    ...{
      rule: 'id',
      labels: { alertname: `A${i}` },
      annotations: {},
      state,
      startsAt: new Date(0),
      value: 1,
    },
  }));
  const reader = {
    rows: async (_: string, [states, limit]: [string[], number]) =>
      rows.filter(({ state }) => states.includes(state)).slice(0, limit),
  };
  const parts = {
    limits: { ...loadConfig({}).api, promqlMaxSeries: 2 },
    database: {
      read: async (_: string, __: string, ___: AbortSignal, work: (one: unknown) => unknown) =>
        await work(reader),
    },
  } as unknown as PrometheusParts;
  const answers = new Map<string, Answer>();
  const path: AddPath = (...[url, , , , answer]) => {
    answers.set(url, answer);
  };
  addStatusPaths(path, parts);
  const request = { asking: { tenantId: 't' }, gone: new AbortController().signal };
  const answer = await answers.get('/alerts')?.({} as Parameters, request as unknown as FastifyRequest);
  assert.deepEqual(answer, {
    data: {
      alerts: [
        {
          labels: { alertname: 'A0' },
          annotations: {},
          state: 'firing',
          activeAt: '1970-01-01T00:00:00.000Z',
          value: '1',
        },
        {
          labels: { alertname: 'A1' },
          annotations: {},
          state: 'pending',
          activeAt: '1970-01-01T00:00:00.000Z',
          value: '1',
        },
      ],
    },
    warnings: ['of more than 2 alerts the newest are shown (TACTUS_API_PROMQL_MAX_SERIES)'],
  });
});
