import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Guard } from '../../../services/up/embedded/guard.js';
import { freePort } from '../../../services/up/embedded/ports.js';
import { monitor } from '../../../services/up/monitor.js';
import { Terminal } from '../../../services/up/terminal.js';
import { WorkerProcess } from '../../../services/up/worker-process.js';
import { until } from '../../support/until.js';

/** Is not alive when it runs for the first time, as its status server says. */
const PROGRAM = `
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const mark = process.argv[1] + '.ran';
const good = existsSync(mark);
writeFileSync(mark, '');
createServer((request, response) => {
  response.writeHead(good ? 200 : 503);
  response.end(JSON.stringify({ reasons: good ? [] : ['ingest: no progress for 300 s'] }));
}).listen(Number(process.env.METRICS_PORT), process.env.METRICS_HOST);
`;

test('a worker that answers for a while that it is not alive is stopped and started again, which is said', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-worker-'));
  const program = join(folder, 'worker.mjs');
  writeFileSync(program, PROGRAM);
  const guard = new Guard();
  const said: string[] = [];
  const worker = new WorkerProcess({
    ...{ name: 'ingest', program, env: process.env, guard, logFile: join(folder, 'log') },
    address: { host: '127.0.0.1', port: await freePort(new Set()) },
    say: (line) => said.push(line),
    refused: assert.fail,
    deadAfterMs: 2_000,
  });
  const stop = new AbortController();
  const watching = monitor([worker], new Terminal(process.stderr), stop.signal);
  t.after(async () => {
    stop.abort();
    await watching;
    await worker.stop();
    await guard.close();
    rmSync(folder, { recursive: true });
  });
  await until('it to be stopped', () => said.length > 0, 30_000);
  assert.match(
    said[0] as string,
    /^ingest was not alive for \d s \(ingest: no progress for 300 s\) and was stopped: starting it again in \d+\.\d s, see /,
  );
  await until(
    'it to be alive',
    async () => (await fetch(`${worker.url}/healthz`).catch(() => null))?.ok,
    30_000,
  );
  assert.deepEqual([worker.state, said.length], ['running', 1]);
});
