import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Counter, Gauge, Registry } from 'prom-client';
import { maxOf, parsePrometheusText, sumOf } from '../../../shared/process/prometheus-text.js';

test('what prom-client writes is read back, whatever the label values are', async () => {
  const labels = fc.dictionary(fc.constantFrom('topic', 'code', 'table'), fc.string(), { maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(labels, fc.double({ min: 0, max: 1e15, noNaN: true })), {
        selector: ([of]) => JSON.stringify(Object.entries(of).sort()),
      }),
      async (series) => {
        const registry = new Registry();
        const names = ['topic', 'code', 'table'] as const;
        const counter = new Counter({ name: 'x_total', help: 'x', labelNames: names, registers: [registry] });
        for (const [of, value] of series) counter.inc(of, value);
        const samples = parsePrometheusText(await registry.metrics()).filter(
          ({ name }) => name === 'x_total',
        );
        const written = series.map(([of, value]) => ({ name: 'x_total', labels: of, value }));
        const order = (list: typeof written) =>
          list.map((one) => JSON.stringify([Object.entries(one.labels).sort(), one.value])).sort();
        if (series.length > 0) assert.deepEqual(order(samples as typeof written), order(written));
      },
    ),
  );
});

test('comments, blank lines and lines that are no samples are left out; specials and time stamps are read', () => {
  const text =
    '# HELP a b\n# TYPE a gauge\n\na 1\nb{x="1"} +Inf 1700000000\nc -Inf\nd NaN\ne{x="1"}\nnot a sample here\n';
  assert.deepEqual(parsePrometheusText(text), [
    { name: 'a', labels: {}, value: 1 },
    { name: 'b', labels: { x: '1' }, value: Number.POSITIVE_INFINITY },
    { name: 'c', labels: {}, value: Number.NEGATIVE_INFINITY },
    { name: 'd', labels: {}, value: Number.NaN },
  ]);
});

test('sums and maxima are over the series with the given labels', async () => {
  const registry = new Registry();
  const gauge = new Gauge({
    name: 'g',
    help: 'g',
    labelNames: ['topic', 'partition'],
    registers: [registry],
  });
  gauge.set({ topic: 'a', partition: '0' }, 3);
  gauge.set({ topic: 'a', partition: '1' }, 4);
  gauge.set({ topic: 'b', partition: '0' }, -5);
  const samples = parsePrometheusText(await registry.metrics());
  assert.equal(sumOf(samples, 'g'), 2);
  assert.equal(sumOf(samples, 'g', { topic: 'a' }), 7);
  assert.equal(sumOf(samples, 'g', { topic: 'c' }), 0);
  assert.equal(maxOf(samples, 'g'), 4);
  assert.equal(maxOf(samples, 'none'), null);
});
