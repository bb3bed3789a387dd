import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineConfig } from '../../../../services/collector/sources/pipeline/config.js';
import { pipelineReading } from '../../../../services/collector/sources/pipeline/read.js';
import { loadConfig } from '../../../../shared/config/load.js';

const text = (lag: number, refused: number) => `# HELP x y
tactus_consumer_lag_records{group="ingest",topic="a",partition="0",worker="ingest"} ${lag}
tactus_consumer_lag_records{group="ingest",topic="a",partition="1",worker="ingest"} 2
tactus_records_refused_total{code="TACTUS_FIELD_EMPTY",worker="ingest"} ${refused}
`;

test('lag and rate of dead letters are reported per worker; one that is away or was restarted gives no rate', async () => {
  let now = 0;
  let answer: (url: string) => string = () => text(5, 100);
  const reading = pipelineReading(
    ['http://a:1'],
    async (url) => answer(url),
    () => now,
  );
  const read = async (at: number) => {
    now = at;
    return (await reading.read()).map(({ metric, value, tags }) => `${metric} ${value} ${tags?.worker}`);
  };
  const lag = 'tactus.pipeline.lag_records';
  const rate = 'tactus.pipeline.dead_letters_per_second';
  assert.deepEqual(await read(0), [`${lag} 7 ingest`]);
  answer = (url) => (url === 'http://a:1/metrics' ? text(8, 120) : '');
  assert.deepEqual(await read(10_000), [`${lag} 10 ingest`, `${rate} 2 ingest`]);
  answer = () => text(0, 1);
  assert.deepEqual(await read(20_000), [`${lag} 2 ingest`]);
  assert.deepEqual(await read(30_000), [`${lag} 2 ingest`, `${rate} 0 ingest`]);
  answer = () => {
    throw new Error('away');
  };
  assert.deepEqual(await read(40_000), []);
  answer = () => text(0, 1);
  assert.deepEqual(await read(50_000), [`${lag} 2 ingest`]);
});

test('addresses of workers are as they are written, with a slash at the end or without', () => {
  const config = loadConfig({ TACTUS_COLLECTOR_WORKERS: 'http://a:1/,http://b:2, http://c/worker/' });
  assert.deepEqual(pipelineConfig(config).addresses, ['http://a:1', 'http://b:2', 'http://c/worker']);
});
