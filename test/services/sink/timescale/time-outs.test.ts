import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import type { WindowAggregate } from '../../../../schemas/types.js';
import { SinkTelemetry } from '../../../../services/sink/framework/telemetry.js';
import { windowHandler } from '../../../../services/sink/timescale/handler.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';
import { jsonBatch, jsonDecoder } from '../json-decoder.js';
import { closedWindow } from '../samples.js';

const NEVER = new AbortController().signal;

describe('a table whose statements take too long', () => {
  it('gets smaller ones, until they fit into the time', async () => {
    let most = 0;
    const slow = {
      query: async (_: string, parameters: unknown[][]) => {
        const rows = parameters[0]?.length ?? 0;
        most = Math.max(most, rows);
        if (rows > 300) throw new Error('Query read timeout');
        return { rows: [{ stored: rows }] };
      },
    } as unknown as Pool;
    const telemetry = new SinkTelemetry(new Registry());
    const handler = windowHandler(slow, jsonDecoder<WindowAggregate>(), { maxBatchRows: 2_000, telemetry });
    const windows = Array.from({ length: 2_000 }, (_, i) => closedWindow({ start: i * 10_000 }));
    const batch = jsonBatch('windows', windows);
    let attempts = 0;
    for (let stored = false; !stored && attempts < 10; attempts += 1)
      stored = await handler.handle(batch, NEVER).then(
        (refusals) => refusals.length === 0,
        () => false,
      );
    assert.ok(attempts < 10, 'its partition waits for ever');
    assert.equal(most, 2_000);
  });
});
