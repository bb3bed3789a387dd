import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { loadConfig } from '../../../shared/config/load.js';
import { debugRoutes } from '../../../shared/process/debug-routes.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger, LogLevel } from '../../../shared/process/logger.js';
import { workerRegistry } from '../../../shared/process/process-metrics.js';
import { serveStatus, statusUrl } from '../../../shared/process/status-server.js';

/** Another address of this machine than 127.0.0.1, without which only Linux is. */
const OTHER = '127.0.0.2';

/** Whether a server on `host` answers at another address of this machine. */
async function answersElsewhere(host: string): Promise<boolean> {
  const { port, close } = await serveStatus({ host, port: 0 }, new Registry(), new Health());
  try {
    assert.equal((await fetch(`${statusUrl({ host, port })}/healthz`)).status, 200);
    const response = await fetch(`${statusUrl({ host: OTHER, port })}/healthz`).catch(() => null);
    return response !== null;
  } finally {
    await close();
  }
}

describe('the status server', () => {
  it('listens on the loopback address alone unless METRICS_HOST says otherwise', {
    skip: process.platform !== 'linux',
  }, async () => {
    assert.equal(await answersElsewhere(loadConfig({}).http.metricsHost), false);
    assert.equal(await answersElsewhere(loadConfig({ METRICS_HOST: '0.0.0.0' }).http.metricsHost), true);
  });

  it('takes as its host only what can be one', () => {
    for (const METRICS_HOST of ['::', '::1', '10.1.2.3', 'metrics.local'])
      assert.equal(loadConfig({ METRICS_HOST }).http.metricsHost, METRICS_HOST);
    for (const METRICS_HOST of ['http://x', 'a b', '127.0.0.1:80'])
      assert.throws(() => loadConfig({ METRICS_HOST }), /METRICS_HOST .*an IP address or a host name/);
  });

  it('is reached by loopback where it listens everywhere', () => {
    assert.equal(statusUrl({ host: '0.0.0.0', port: 1 }), 'http://127.0.0.1:1');
    assert.equal(statusUrl({ host: '::', port: 1 }), 'http://[::1]:1');
    assert.equal(statusUrl({ host: '10.0.0.7', port: 1 }), 'http://10.0.0.7:1');
  });

  it('gives metrics as text, and as OpenMetrics to who asks for that', async () => {
    const { port, close } = await serveStatus(
      { host: '127.0.0.1', port: 0 },
      workerRegistry('test', '', { cpuHourUsd: 0, memoryGbHourUsd: 0 }),
      new Health(),
    );
    try {
      const get = async (accept: string) => {
        const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } });
        return { type: response.headers.get('content-type'), text: await response.text() };
      };
      const [plain, open] = [await get('text/plain'), await get('application/openmetrics-text')];
      assert.match(plain.type ?? '', /^text\/plain; version=0\.0\.4/);
      assert.match(plain.text, /^# TYPE tactus_errors_total counter$/m);
      assert.match(open.type ?? '', /^application\/openmetrics-text; version=1\.0\.0/);
      assert.match(open.text, /^# TYPE tactus_errors counter$/m);
      assert.ok(open.text.endsWith('\n# EOF\n'));
    } finally {
      await close();
    }
  });

  it('answers whatever is asked for, and goes on', async () => {
    const routes = debugRoutes('token', new LogLevel('info'), createLogger('test', 'silent'));
    const { port, close } = await serveStatus(
      { host: '127.0.0.1', port: 0 },
      new Registry(),
      new Health(),
      routes,
    );
    try {
      for (const path of ['//', '/\\', 'http://', '//[', '*', '/?', '/%', `/${'x'.repeat(8_000)}`])
        assert.equal(await statusOf(port, path), 404, path.slice(0, 20));
      assert.equal(await statusOf(port, '/loglevel?level=debug'), 401);
      assert.equal(await statusOf(port, '/healthz'), 200);
    } finally {
      await close();
    }
  });
});

/** By a client that takes any path, as `fetch` does not. */
function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('error', reject).end();
  });
}
