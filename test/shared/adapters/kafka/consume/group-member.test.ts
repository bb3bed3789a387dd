import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kafka } from 'kafkajs';
import { joinGroup } from '../../../../../shared/adapters/kafka/consume/group-member.js';
import { loadConfig } from '../../../../../shared/config/load.js';
import type { WorkerContext } from '../../../../../shared/process/context.js';
import { Health } from '../../../../../shared/process/health.js';
import { createLogger } from '../../../../../shared/process/logger.js';

type Listener = (event: { payload: { error: Error; restart: boolean } }) => void;

describe('a member whose group has assigned nothing yet', () => {
  it('is not ready, also where kafkajs is at work and has to join again', async () => {
    const health = new Health();
    const listeners = new Map<string, Listener>();
    const nothing = async () => {};
    // What kafkajs does when joining fails: it goes on by itself, and says so by an event alone.
    const consumer = {
      events: { HEARTBEAT: 'heartbeat', GROUP_JOIN: 'join', CRASH: 'crash' },
      on: (event: string, listener: Listener) => listeners.set(event, listener),
      run: async () =>
        listeners.get('crash')?.({ payload: { error: new Error('the coordinator is away'), restart: true } }),
      ...{ connect: nothing, subscribe: nothing, disconnect: nothing, pause: () => {} },
    };
    const admin = { connect: nothing, disconnect: nothing };
    const kafka = { consumer: () => consumer, admin: () => admin } as unknown as Kafka;
    const context = {
      ...{ config: loadConfig({}), log: createLogger('test', 'silent'), health },
      stopping: new AbortController().signal,
    } as unknown as WorkerContext;
    const member = await joinGroup(kafka, context, {
      ...{ groupId: 'x.ingest', topics: ['x.ingest.metrics'], assigned: assert.fail },
    });
    assert.deepEqual(
      [health.alive, health.ready, health.reasons],
      [true, false, ['joining the group x.ingest']],
    );
    await member.leave();
  });
});
