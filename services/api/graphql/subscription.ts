import { TactusError } from '../../../shared/core/errors.js';
import { HttpProblem } from '../http/problem.js';
import { CLOSED } from '../live/close-codes.js';
import { type LiveParameters, readParameters } from '../live/protocol.js';
import { LiveSession } from '../live/session.js';
import { LIVE_KINDS } from '../live/wanted.js';
import type { ApiServices } from '../routes/services.js';
import { admit } from './admission.js';
import type { Builder } from './builder.js';
import type { GraphqlContext } from './context.js';
import { LiveQueue, type QueuedMessage } from './live-queue.js';
import { LIVE_MESSAGES, type LiveMessageType } from './live-types.js';
import type { ObjectType, TypeMapper } from './type-mapper.js';

type Services = Pick<ApiServices, 'live' | 'clock' | 'log' | 'gatekeeper'>;

interface LiveArgs extends LiveParameters {
  readonly tenantId?: string | null | undefined;
}

const NAME = 'live';
/** A client that does not read to the end has its connection cut off. */
const CLOSE_MS = 3_000;

/** `subscription { live }`: what `/api/v1/stream` sends. */
export function addSubscription(builder: Builder, types: TypeMapper, services: Services): void {
  const messages = Object.entries(LIVE_MESSAGES).map(
    ([type, schema]) => [type as LiveMessageType, types.output(schema, type).type as ObjectType] as const,
  );
  const byType = new Map(messages);
  const message = builder.unionType('LiveMessage', {
    description: 'What is known comes first, then what changes',
    types: [...byType.values()],
    resolveType: (value: unknown) => byType.get((value as QueuedMessage).type) as never,
  });
  const kind = builder.enumType('LiveKind', { values: LIVE_KINDS });
  builder.subscriptionType({});
  builder.subscriptionField(NAME, (t) =>
    t.field({
      description: 'Points, windows, anomalies and alerts as they come',
      type: message,
      nullable: false,
      args: {
        tenantId: t.arg.string({ description: 'Needed where key or user is for several tenants' }),
        metric: t.arg.stringList({ description: 'Names or globs of metrics; all without it' }),
        tag: t.arg.stringList({ description: 'NAME=TEXT that a series must have, all of them' }),
        kind: t.arg({ type: [kind], description: 'All but windows without it' }),
      },
      subscribe: (_, args, { own }) => subscribe(args, own, services) as AsyncIterable<never>,
      resolve: (value: unknown) => value as never,
    }),
  );
}

function subscribe(
  args: LiveArgs,
  { http }: GraphqlContext,
  { live, clock, log, gatekeeper }: Services,
): AsyncIterable<QueuedMessage> {
  const need = { right: 'read', anyTenant: false } as const;
  const { caller, tenantId } = admit(gatekeeper, http, need, { name: NAME, args: { ...args } });
  const asked = readParameters(tenantId, args);
  const { hub } = live.service;
  if (live.service.stopped) throw new HttpProblem(503, 'TACTUS_API_OVERLOADED', CLOSED.stopping.reason);
  if (hub.fullFor(caller.tenantId))
    throw new HttpProblem(
      503,
      'TACTUS_API_OVERLOADED',
      'there are as many live clients as may be (TACTUS_API_LIVE_MAX_CLIENTS; of one tenant half)',
    );
  // Nothing is opened before somebody reads: an answer that cannot be sent leaves no client behind.
  return (async function* () {
    let timer: NodeJS.Timeout | undefined;
    const queue = new LiveQueue(({ code }) => {
      live.telemetry.closed(code);
      timer = setTimeout(() => http.raw.destroy(), CLOSE_MS);
    });
    const session = new LiveSession({
      hub,
      socket: queue,
      authenticate: () => {
        throw new TactusError('TACTUS_INVARIANT', 'a subscription takes no messages');
      },
      now: () => clock.now(),
      maxSubscriptions: 1,
      failed: (error) => log.error({ error }, 'a subscription could not be begun'),
    });
    const gone = () => queue.gone();
    http.gone.addEventListener('abort', gone, { once: true });
    if (http.gone.aborted) gone();
    live.telemetry.opened('graphql');
    live.service.add(session);
    session.begin(caller, asked);
    try {
      for (let next = await queue.next(); next !== null; next = await queue.next()) yield next;
    } finally {
      clearTimeout(timer);
      http.gone.removeEventListener('abort', gone);
      session.ended();
      live.service.remove(session);
      live.telemetry.ended('graphql');
    }
  })();
}
