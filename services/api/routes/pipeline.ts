import { Type } from 'typebox';
import type { Routes } from '../http/app.js';
import { PROBLEMS } from '../http/problem.js';
import { GROUP_STATES, HEALTH } from '../pipeline/graph.js';
import { TenantQuery, Time } from './requests.js';
import type { ApiServices } from './services.js';

const OrNull = <T extends Parameters<typeof Type.Array>[0]>(type: T, description: string) =>
  Type.Union([type, Type.Null()], { description });

const Lag = {
  lagRecords: OrNull(
    Type.Integer(),
    'Still to be read; where nothing is committed, from the beginning of the log',
  ),
  lagSeconds: OrNull(
    Type.Number(),
    'For how long the oldest of them has been there: 2 % or half a second more at most; 0 where there is none',
  ),
} as const;
const Name = Type.String();
const Holder = OrNull(
  Type.Object({ stage: Name, topic: Name, partition: Type.Integer() }),
  'The input partition, of a worker, that the time waits for; stage and topic are empty for those who write to metrics themselves',
);
const StreamTime = OrNull(Time, 'The watermark of a window definition is this less its grace');
const Delay = OrNull(Type.Number(), 'Now less that time; null where nothing is open');
const Health = Type.Enum(HEALTH, { title: 'Health' });

const Group = Type.Object({
  group: Name,
  state: Type.Enum(GROUP_STATES, { title: 'GroupState' }),
  members: Type.Integer({ description: 'Instances of the worker' }),
  ...Lag,
  health: Health,
  inputs: Type.Array(
    Type.Object({
      topic: Name,
      ...Lag,
      readPerSecond: OrNull(Type.Number(), 'Null until two samples are there'),
      partitions: Type.Array(
        Type.Object({
          partition: Type.Integer(),
          nextOffset: OrNull(
            Type.Integer(),
            'The first that is yet to be processed; null where nothing is committed',
          ),
          endOffset: Type.Integer(),
          ...Lag,
        }),
      ),
    }),
  ),
});

const Answer = Type.Object({
  sampledAt: Time,
  rateSeconds: OrNull(Type.Number(), 'Rates are those of so long; null where there is one sample only'),
  health: Health,
  topics: Type.Array(
    Type.Object({
      topic: Name,
      partitions: Type.Integer({ description: '0 of a topic that is not there yet' }),
      writtenPerSecond: OrNull(Type.Number(), 'Records, those included that end transactions'),
      writtenBy: Type.Array(Name, { description: 'Workers' }),
      readBy: Type.Array(Name, { description: 'Workers' }),
    }),
  ),
  workers: Type.Array(
    Type.Object({
      worker: Name,
      reads: Type.Array(Name, { description: 'Topics' }),
      writes: Type.Array(Name, { description: 'Topics' }),
      groups: Type.Array(Group, { description: 'Of consumers; none where every instance reads all' }),
      health: Health,
    }),
  ),
  watermark: Type.Object(
    {
      ...{ streamTime: StreamTime, delaySeconds: Delay, holder: Holder },
      partition: OrNull(Type.Integer(), 'Of metrics, the one that is farthest behind'),
      partitions: Type.Array(
        Type.Object({
          partition: Type.Integer(),
          idle: Type.Boolean({ description: 'All is processed, and no window open' }),
          ...{ streamTime: StreamTime, delaySeconds: Delay, holder: Holder },
        }),
      ),
    },
    { description: 'Time of the stream, as windowing committed it last' },
  ),
});

/** How records flow. It is about the whole cluster and names no tenant, so that everybody who may read may see it. */
export function pipelineRoutes({ pipeline }: ApiServices): Routes {
  return (api) => {
    api.get(
      '/pipeline',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'getPipeline',
          summary: 'Topics, the workers between them, their lags in records and seconds, and the watermark',
          tags: ['pipeline'],
          querystring: TenantQuery,
          response: { 200: Answer, ...PROBLEMS },
        },
      },
      () => pipeline.graph(),
    );
  };
}
