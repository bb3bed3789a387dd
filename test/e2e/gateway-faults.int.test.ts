import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runTactus } from '../support/command-line.js';
import { PipelineFixture } from '../support/pipeline-fixture.js';
import type { PlainPoint } from '../support/plain-client.js';
import { PARTITIONS } from '../support/servers.js';
import { until } from '../support/until.js';
import type { WorkerProcess } from '../support/worker-process.js';

const SECRET = { TACTUS_KEYS_SECRET: 'a secret of this test, which is long enough' };
const POINTS_PER_REQUEST = 20;
const SENDERS = 4;
/** Acknowledged after each fault, at least. */
const MORE = 500;
const NO_ANSWER_MS = 15_000;
const RETRY_MS = 50;

/** Sends points as a client in earnest does: the same request again until it is acknowledged. */
class Senders {
  readonly acknowledged: string[] = [];
  readonly #senders: Promise<void>;
  #sent = 0;
  #ends = false;

  constructor(
    private readonly key: string,
    private readonly port: () => string | undefined,
  ) {
    this.#senders = Promise.all(Array.from({ length: SENDERS }, () => this.#send())).then(() => {});
    // What goes wrong is for whoever waits next.
    this.#senders.catch(() => {});
  }

  async more(what: string): Promise<void> {
    const before = this.acknowledged.length;
    const enough = until(`acknowledgements ${what}`, () => this.acknowledged.length > before + MORE);
    await Promise.race([enough, this.#senders]);
  }

  async end(): Promise<void> {
    this.#ends = true;
    await this.#senders;
  }

  async #send(): Promise<void> {
    while (!this.#ends) {
      const ids = Array.from({ length: POINTS_PER_REQUEST }, () => `id-${this.#sent++}`);
      const points = ids.map((id, i) => ({ metric: `m${i % 8}`, value: i, id, timestamp: Date.now() }));
      const body = JSON.stringify(points);
      let done = false;
      while (!done && !this.#ends) {
        done = await this.#attempt(body);
        if (!done) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
      if (done) this.acknowledged.push(...ids);
    }
  }

  async #attempt(body: string): Promise<boolean> {
    let response: Response;
    try {
      response = await fetch(`http://127.0.0.1:${this.port()}/api/v1/metrics`, {
        ...{ method: 'POST', body, signal: AbortSignal.timeout(NO_ANSWER_MS) },
        headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      });
      await response.arrayBuffer();
    } catch {
      return false;
    }
    assert.ok(response.ok || response.status === 503, `answered ${response.status}`);
    return response.ok;
  }
}

describe('what the gateway has acknowledged', { timeout: 480_000 }, () => {
  let fixture: PipelineFixture;
  before(async () => {
    fixture = await PipelineFixture.start(['kafka', 'registry']);
  });
  after(async () => {
    await fixture.stop();
  });

  it('is in metrics once, when gateway, ingest and broker are killed', async () => {
    const env = { ...fixture.stack.env, ...PARTITIONS, TOPIC_PREFIX: fixture.prefix, ...SECRET };
    for (const command of ['topics', 'schemas'])
      assert.equal((await runTactus([command, 'apply'], env)).code, 0);
    const made = await runTactus(['keys', 'create', '--tenant', 'acme', '--scopes', 'write:metrics'], env);
    assert.equal(made.code, 0, made.stderr);
    const start = (name: string) => fixture.worker(name, SECRET).ready();
    let [ingest, gateway] = await Promise.all([start('ingest'), start('gateway')]);
    const port = () => /"httpPort":(\d+)/.exec(gateway.output)?.[1];
    const senders = new Senders(made.stdout.trim(), port);
    const killed = async (worker: WorkerProcess) => {
      worker.kill('SIGKILL');
      await worker.exited;
      return await start(worker.name);
    };
    await senders.more('at first');
    gateway = await killed(gateway);
    await senders.more('after the gateway was killed');
    ingest = await killed(ingest);
    await senders.more('after ingest was killed');
    await fixture.stack.servers.kafka.kill('SIGKILL');
    await fixture.stack.servers.kafka.start();
    await senders.more('after the broker was killed');
    await senders.end();
    assert.equal(await gateway.stop(), 0, gateway.output);

    const reader = await fixture.client().follow<PlainPoint>('metrics');
    await until('all that was acknowledged', () => {
      const found = new Set(reader.values.map(({ id }) => id));
      return senders.acknowledged.every((id) => found.has(id));
    });
    assert.equal(await ingest.stop(), 0, ingest.output);
    const ids = reader.values.map(({ id }) => id);
    await reader.close();
    assert.equal(new Set(ids).size, ids.length, 'an id came twice');
  });
});
