import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOf } from '../../../../services/api/http/problem.js';
import { prometheusError } from '../../../../services/api/prometheus/answer.js';
import { kafkaError } from '../../../../shared/adapters/kafka/client.js';
import { databaseError } from '../../../../shared/adapters/postgres/errors.js';
import { TactusError } from '../../../../shared/core/errors.js';

const refused = Object.assign(new Error('password authentication failed for user "tactus"'), {
  ...{ code: '28P01', severity: 'FATAL' },
});
const unreachable = new Error('connect ECONNREFUSED 10.1.2.3:5432');

test('who asks learns that a server is away, and neither where it is nor what it says of us', () => {
  for (const error of [
    databaseError(unreachable, 'looking for a user'),
    databaseError(refused, 'looking for a user'),
    kafkaError(new Error('gave up', { cause: unreachable }), 'writing'),
  ])
    for (const { status, body } of [problemOf(error), prometheusError(error)]) {
      assert.equal(status, 503, error.message);
      assert.doesNotMatch(JSON.stringify(body), /10\.1\.2\.3|password|DATABASE_URL|gave up/);
      assert.match(JSON.stringify(body), /is away, or refuses; the log says which/);
    }
});

test('what is said in our own words is answered as it is', () => {
  const error = new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'took longer than 5 ms', { cause: unreachable });
  assert.match(JSON.stringify(problemOf(error).body), /took longer than 5 ms/);
});
