import { once } from 'node:events';
import fastify from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { webPageRoutes } from '../../../services/api/routes/web-pages.js';

export const METRIC = 'bench.value';
const TENANT = 'local';
const SECOND_MS = 1_000;
/** The API sends what is new ten times a second at most. */
const PARTS = 10;

/** Serves the dashboard as the API does, and answers as it would for series with a point a second, without a pipeline behind it. */
export class StubHub {
  private constructor(
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(series: number): Promise<StubHub> {
    const app = fastify();
    webPageRoutes({ people: { federated: null } } as Parameters<typeof webPageRoutes>[0])(app as never);
    const user = { name: 'bench', roles: { [TENANT]: 'operator' } };
    app.post('/api/v1/auth/refresh', async () => ({ access_token: 'bench', expires_in: 3_600, user }));
    app.get('/api/v1/metrics', async () => ({
      items: [{ metric: METRIC, series, lastSeen: new Date().toISOString() }],
      nextCursor: null,
    }));
    app.get('/api/v1/metrics/series', async () => ({
      series: tagsOf(series).map((tags) => ({ tags, lastSeen: new Date().toISOString() })),
    }));
    app.get('/api/v1/metrics/query', async ({ query }) => {
      const { from, to } = query as { readonly from: string; readonly to: string };
      return answerOf(series, Number(from), Number(to));
    });
    app.get('/api/v1/*', async () => ({ items: [], nextCursor: null }));
    await app.listen({ host: '127.0.0.1', port: 0 });
    const sockets = new WebSocketServer({
      server: app.server,
      path: '/ws/metrics',
      handleProtocols: () => 'tactus',
    });
    sockets.on('connection', (socket) => serve(socket, series));
    const { port } = app.server.address() as { readonly port: number };
    return new StubHub(`http://127.0.0.1:${port}`, async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await Promise.all([once(app.server, 'close'), app.close()]);
    });
  }
}

const tagsOf = (series: number) =>
  Array.from({ length: series }, (_, i) => ({ host: `host-${i}`, zone: `z${i % 5}` }));

/** A course that does not repeat itself on a screen. */
const valueAt = (series: number, second: number): number =>
  series + 10 * Math.sin(second / 20 + series) + ((second * 7_919 + series * 104_729) % 100) / 25;

/** Each series has times of its own, as hosts have. */
const timeOf = (series: number, second: number): number => second * SECOND_MS + ((series * 37) % SECOND_MS);

function answerOf(series: number, from: number, to: number) {
  const [first, last] = [Math.ceil(from / SECOND_MS), Math.floor(to / SECOND_MS) - 1];
  return {
    ...{ metric: METRIC, aggregation: 'avg', source: 'raw', resolutionMs: 0, anomalies: [] },
    ...{ from: new Date(from).toISOString(), to: new Date(to).toISOString() },
    series: tagsOf(series).map((tags, i) => ({
      tags,
      points: Array.from({ length: Math.max(0, last - first) }, (_, n) => [
        timeOf(i, first + n),
        valueAt(i, first + n),
      ]),
    })),
  };
}

function serve(socket: WebSocket, series: number): void {
  const tags = tagsOf(series);
  const send = (message: object) => socket.send(JSON.stringify(message));
  let timer: NodeJS.Timeout | undefined;
  let part = 0;
  const round = () => {
    const second = Math.floor(Date.now() / SECOND_MS);
    const updates = tags.flatMap((own, i) =>
      i % PARTS === part
        ? [
            {
              ...{ tenantId: TENANT, metric: METRIC, tags: own, kind: 'gauge' },
              ...{ timestamp: new Date(timeOf(i, second)).toISOString(), value: valueAt(i, second) },
            },
          ]
        : [],
    );
    part = (part + 1) % PARTS;
    send({ type: 'metric_update', updates });
  };
  socket.on('message', (data) => {
    const text = String(data);
    if (text === 'ping') return socket.send('pong');
    const { type, id } = JSON.parse(text) as { readonly type: string; readonly id?: string };
    if (type === 'auth') send({ type: 'authenticated', expiresAt: null });
    if (type !== 'subscribe') return;
    send({ type: 'subscribed', id, tenantId: TENANT, series, limited: false });
    timer ??= setInterval(round, SECOND_MS / PARTS);
  });
  socket.on('close', () => clearInterval(timer));
}
