import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kafkaError } from '../../../../../shared/adapters/kafka/client.js';
import { AnswerError } from '../../../../../shared/adapters/kafka/protocol/answers.js';
import { LoginError } from '../../../../../shared/adapters/kafka/security/login.js';

const wrapped = (inner: unknown) => Object.assign(new Error('after the last retry'), { cause: inner });

describe('an error of Kafka that is about access', () => {
  for (const [what, error, expected] of [
    [
      'an answer to a request of our own',
      new AnswerError(29, 'fetching metrics[3]'),
      /^fetching metrics\[3\]: Kafka does not permit it on the topic \(TOPIC_AUTHORIZATION_FAILED\): give the principal what `tactus acls list` shows/,
    ],
    [
      'an error of kafkajs',
      wrapped(Object.assign(new Error('Not authorized'), { type: 'GROUP_AUTHORIZATION_FAILED' })),
      /^doing: Kafka does not permit it on the consumer group \(GROUP_AUTHORIZATION_FAILED\)/,
    ],
    [
      'one of several errors',
      { errors: [Object.assign(new Error('x'), { type: 'CLUSTER_AUTHORIZATION_FAILED' })] },
      /^doing: Kafka does not permit it on the cluster/,
    ],
    ['a login', wrapped(new LoginError('Kafka refuses you: correct it')), /^Kafka refuses you: correct it$/],
    [
      'a mechanism',
      Object.assign(new Error('not supported'), { type: 'UNSUPPORTED_SASL_MECHANISM' }),
      /: set TACTUS_KAFKA_SASL_MECHANISM to one that the listener of KAFKA_BROKERS takes$/,
    ],
    [
      'a certificate',
      wrapped(Object.assign(new Error('Connection error: x'), { code: 'CERT_HAS_EXPIRED', broker: 'b:1' })),
      /^Kafka at b:1: its certificate has expired/,
    ],
  ] as const)
    it(`says what to correct: ${what}`, () => {
      const { code, message, retriable } = kafkaError(error, 'doing');
      assert.deepEqual([code, retriable], ['TACTUS_ACCESS_REFUSED', true]);
      assert.match(message, expected);
    });

  it('that may pass by itself is waited for, with what may be behind it', () => {
    for (const [error, hint] of [
      [new Error('Closed connection'), /the listener wants TLS or a login/],
      [Object.assign(new Error('x'), { type: 'ILLEGAL_SASL_STATE' }), /the listener takes no login/],
    ] as const) {
      const { code, message } = kafkaError(error, 'doing');
      assert.equal(code, 'TACTUS_KAFKA_UNAVAILABLE');
      assert.match(message, hint);
    }
    assert.equal(kafkaError(new Error('Not connected'), 'doing').message, 'doing: Not connected');
  });
});
