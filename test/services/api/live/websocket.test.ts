import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { until } from '../../../support/until.js';
import { listening } from './live-app.js';

describe('a WebSocket whose other side', () => {
  let live: Awaited<ReturnType<typeof listening>>;
  const open: WebSocket[] = [];

  before(async () => {
    live = await listening();
  });

  after(async () => {
    for (const socket of open) socket.terminate();
    await live.app.close();
  });

  /** @returns a connection, or the status that it was refused with */
  async function connected(path = '/ws/metrics', protocols = ['tactus', 'tactus.bearer.k']) {
    const socket = new WebSocket(`ws://127.0.0.1:${live.port}${path}`, protocols, {
      perMessageDeflate: false,
    });
    open.push(socket);
    socket.on('error', () => {});
    return await new Promise<WebSocket | number>((resolve) => {
      socket.on('open', () => resolve(socket));
      socket.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
    });
  }

  async function client(protocols?: string[]): Promise<{ socket: WebSocket; code: () => number | null }> {
    const socket = await connected('/ws/metrics', protocols);
    assert.ok(socket instanceof WebSocket, `refused with ${socket}`);
    let code: number | null = null;
    socket.on('close', (given) => {
      code = given;
    });
    return { socket, code: () => code };
  }

  for (const [what, protocols] of [
    ['is known', ['tactus', 'tactus.bearer.k']],
    ['has shown no token', []],
  ] as const)
    it(`${what} and floods it with pings is closed`, async () => {
      const { socket, code } = await client([...protocols]);
      let answered = () => {};
      socket.on('pong', () => answered());
      socket.on('close', () => answered());
      // Of pings that come faster than the answers leave, the library ends the connection itself.
      for (let i = 0; i < 500 && code() === null; i++)
        await new Promise<void>((resolve) => {
          answered = resolve;
          socket.ping();
        });
      await until('the close', () => code() !== null, 5_000);
      assert.equal(code(), 4029);
    });

  it('has opened a link to a dashboard is refused', async () => {
    const { socket, code } = await client(['tactus']);
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    socket.send(JSON.stringify({ type: 'auth', token: 'link' }));
    await until('the close', () => code() !== null, 5_000);
    assert.equal(code(), 4001);
    assert.match(messages.join(), /TACTUS_NOT_ALLOWED/);
  });

  it('floods it with pongs is closed', async () => {
    const { socket, code } = await client();
    for (let i = 0; i < 2_000; i++) socket.pong();
    await until('the close', () => code() !== null, 5_000);
    assert.equal(code(), 4029);
  });

  it('sends a message in very many pieces, each of which costs memory, is closed', async () => {
    const { socket, code } = await client();
    for (let i = 0; i < 1_000; i++) socket.send(' ', { fin: false });
    await until('the close', () => code() !== null, 5_000);
    assert.equal(code(), 1008);
  });

  it('has its token in the address is refused', async () => {
    assert.equal(await connected('/ws/metrics?token=k'), 400);
    assert.equal(await connected('/ws/metrics?access_token=k', []), 400);
  });

  it('shows a token at once has a place, though all are taken of those that have shown none', async () => {
    const strangers = [];
    for (let i = 0; i < 500; i++) strangers.push((await client([])).socket);
    const { code } = await client([]);
    await until('the close of one too many', () => code() !== null);
    assert.equal(code(), 1013);
    const { socket } = await client();
    const answers: string[] = [];
    socket.on('message', (data) => answers.push(String(data)));
    socket.send('ping');
    await until('an answer', () => answers.includes('pong'));
    for (const stranger of strangers) stranger.terminate();
  });
});
