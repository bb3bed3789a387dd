import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Registry } from 'prom-client';
import { ApiTelemetry } from '../../../services/api/telemetry.js';

it('answers are counted by class, from 0 on, and those of faults as errors too', async () => {
  const register = new Registry();
  const telemetry = new ApiTelemetry(register);
  const line = async (what: string) =>
    (await register.metrics()).split('\n').find((one) => one.startsWith(`${what} `));
  assert.equal(
    await line('tactus_api_requests_total{status="5xx"}'),
    'tactus_api_requests_total{status="5xx"} 0',
  );
  telemetry.answered('GET', '/api/v1/events', 200, 0.1);
  telemetry.answered('GET', '/api/v1/events', 503, 0.1);
  telemetry.answered('GET', undefined, 404, 0.1);
  for (const status of ['2xx', '4xx', '5xx'])
    assert.equal(
      await line(`tactus_api_requests_total{status="${status}"}`),
      `tactus_api_requests_total{status="${status}"} 1`,
    );
  assert.match(await register.metrics(), /^tactus_errors_total\{.*code="503".*\} 1$/m);
  assert.match(await register.metrics(), /^requests_total\{method="GET",endpoint="other",status="404"\} 1$/m);
});
