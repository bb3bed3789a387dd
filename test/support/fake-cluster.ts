import { Duplex } from 'node:stream';
import { Kafka, logLevel } from 'kafkajs';
import { FlexibleReader, FlexibleWriter } from '../../shared/adapters/kafka/protocol/flexible.js';
import { RecordSet } from '../../shared/adapters/kafka/protocol/record-set.js';

/** A partition as its leader has it, and what a test makes of it. */
export interface FakePartition {
  /** -1 for none. */
  leader: number;
  epoch: number;
  start: number;
  end: number;
  /** As far as readers may see; `end` unless a test sets it. */
  highWatermark?: number;
  /** The error that each Fetch of it is answered with. */
  fetchError?: number;
  /** The error of ListOffsets. */
  offsetsError?: number;
  /** Each record is a batch of its own; a test may change its bytes. */
  batch?: (bytes: Buffer, offset: number) => Buffer;
  /** By epoch, where its records end; for OffsetForLeaderEpoch. */
  readonly epochEnds?: Record<number, number>;
}

export interface FakeTopic {
  id: string;
  readonly partitions: FakePartition[];
}

interface Request {
  readonly node: number;
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly body: FlexibleReader;
}

const FETCH = 1;
const LIST_OFFSETS = 2;
const METADATA = 3;
const API_VERSIONS = 18;
const OFFSET_FOR_LEADER_EPOCH = 23;
const APIS = {
  [FETCH]: 13,
  [LIST_OFFSETS]: 6,
  [METADATA]: 10,
  [API_VERSIONS]: 2,
  [OFFSET_FOR_LEADER_EPOCH]: 4,
};
const NODES: readonly number[] = [1, 2];
const FIRST_PORT = 9_000;
const OUT_OF_RANGE = 1;
const UNKNOWN_TOPIC = 3;
const NOT_LEADER = 6;
const FENCED_EPOCH = 74;
const UNKNOWN_EPOCH = 75;
const UNKNOWN_ID = 100;
/** The wait of a Fetch that finds nothing. */
const EMPTY_WAIT_MS = 5;

/**
 * Brokers that answer what a reader asks, in this process and byte by byte: leaders, elections and logs are what a
 * test says. Each checks the epoch that a request is meant for, as real ones do.
 */
export class FakeCluster {
  readonly topics = new Map<string, FakeTopic>();
  /** Resolves when Metadata is answered again. */
  #silence: Promise<void> | null = null;
  /** What was asked, as `node API topic[partition]`. */
  readonly asked: string[] = [];

  topic(name: string, ...partitions: Partial<FakePartition>[]): FakePartition[] {
    const made = partitions.map((each) => ({ leader: 1, epoch: 0, start: 0, end: 0, ...each }));
    this.topics.set(name, { id: idOf(`${name}-1`), partitions: made });
    return made;
  }

  /** Leaves Metadata unanswered until the function that it gives is called. */
  hush(): () => void {
    let speak = () => {};
    this.#silence = new Promise((resolve) => {
      speak = resolve;
    });
    return speak;
  }

  kafka(): Kafka {
    return new Kafka({
      brokers: NODES.map((node) => `fake:${FIRST_PORT + node}`),
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 1, maxRetryTime: 5, retries: 1 },
      socketFactory: ({ port, onConnect }) => {
        const socket = new FakeSocket((bytes) => this.#answer(port - FIRST_PORT, bytes));
        setImmediate(onConnect);
        return socket as never;
      },
    });
  }

  async #answer(node: number, bytes: Buffer): Promise<Buffer> {
    const [apiKey, apiVersion, correlationId] = [
      bytes.readInt16BE(4),
      bytes.readInt16BE(6),
      bytes.readInt32BE(8),
    ];
    const client = bytes.readInt16BE(12);
    const body = new FlexibleReader(bytes, 14 + Math.max(0, client));
    // The header of flexible versions has tags.
    if (apiKey !== API_VERSIONS) body.tags();
    const answer = await this.#respond({ node, apiKey, apiVersion, body });
    const head = Buffer.alloc(8);
    head.writeInt32BE(4 + answer.length, 0);
    head.writeInt32BE(correlationId, 4);
    return Buffer.concat([head, answer]);
  }

  async #respond(request: Request): Promise<Buffer> {
    switch (request.apiKey) {
      case API_VERSIONS:
        return apiVersions();
      case METADATA:
        return await this.#metadata(request);
      case LIST_OFFSETS:
        return this.#listOffsets(request);
      case OFFSET_FOR_LEADER_EPOCH:
        return this.#epochEnds(request);
      case FETCH:
        return await this.#fetch(request);
      default:
        throw new Error(`no answer to API ${request.apiKey}`);
    }
  }

  async #metadata({ node, body }: Request): Promise<Buffer> {
    this.asked.push(`${node} Metadata`);
    await this.#silence;
    const names = body.compactArray(() => {
      body.uuid();
      const name = body.compactString() ?? '';
      body.tags();
      return name;
    });
    const out = new FlexibleWriter().noTags().int32(0);
    out.compactArray(NODES, (each) => {
      out
        .int32(each)
        .compactString('fake')
        .int32(FIRST_PORT + each)
        .compactString(null)
        .noTags();
    });
    out.compactString('cluster').int32(1);
    out.compactArray(names, (name) => {
      const topic = this.topics.get(name);
      out
        .int16(topic === undefined ? UNKNOWN_TOPIC : 0)
        .compactString(name)
        .uuid(topic?.id ?? null)
        .boolean(false);
      out.compactArray([...(topic?.partitions ?? []).entries()], ([number, { leader, epoch }]) => {
        out
          .int16(leader < 0 ? 5 : 0)
          .int32(number)
          .int32(leader)
          .int32(epoch);
        for (let lists = 0; lists < 3; lists++) out.compactArray([], () => {});
        out.noTags();
      });
      out.int32(0).noTags();
    });
    return out.int32(0).noTags().take();
  }

  #listOffsets({ node, body }: Request): Buffer {
    body.int32();
    body.boolean();
    return this.#ofPartitions(node, 'ListOffsets', body, (name, out) => {
      const [number, epoch, time] = [body.int32(), body.int32(), body.int64()];
      const { error, partition } = this.#find(node, name, number, epoch);
      const code = error || (partition?.offsetsError ?? 0);
      const offset = time === -2n ? partition?.start : (partition?.highWatermark ?? partition?.end);
      out
        .int32(number)
        .int16(code)
        .int64(-1n)
        .int64(BigInt(code === 0 ? (offset ?? 0) : -1))
        .int32(epoch);
      return number;
    });
  }

  #epochEnds({ node, body }: Request): Buffer {
    body.int32();
    return this.#ofPartitions(node, 'OffsetForLeaderEpoch', body, (name, out) => {
      const [number, epoch, asked] = [body.int32(), body.int32(), body.int32()];
      const { error, partition } = this.#find(node, name, number, epoch);
      const end = partition?.epochEnds?.[asked] ?? -1;
      out.int16(error).int32(number).int32(asked).int64(BigInt(end));
      return number;
    });
  }

  /** A response of topics and partitions, as the request has them. */
  #ofPartitions(
    node: number,
    api: string,
    body: FlexibleReader,
    each: (name: string, out: FlexibleWriter) => number,
  ): Buffer {
    const out = new FlexibleWriter().noTags().int32(0);
    const topics = body.compactArray(() => {
      const name = body.compactString() ?? '';
      const own = new FlexibleWriter();
      const partitions = body.compactArray(() => {
        const number = each(name, own);
        this.asked.push(`${node} ${api} ${name}[${number}]`);
        body.tags();
        return own.noTags().take();
      });
      body.tags();
      return { name, partitions };
    });
    const parts: Buffer[] = [out.unsignedVarint(topics.length + 1).take()];
    for (const { name, partitions } of topics) {
      parts.push(
        out
          .compactString(name)
          .unsignedVarint(partitions.length + 1)
          .take(),
        ...partitions,
      );
      parts.push(out.noTags().take());
    }
    return Buffer.concat([...parts, out.noTags().take()]);
  }

  async #fetch({ node, body, apiVersion }: Request): Promise<Buffer> {
    if (apiVersion !== 13) throw new Error(`Fetch ${apiVersion}`);
    for (let numbers = 0; numbers < 4; numbers++) body.int32();
    body.boolean();
    body.int32();
    body.int32();
    let found = false;
    const topics = body.compactArray(() => {
      const id = body.uuid();
      const partitions = body.compactArray(() => {
        const number = body.int32();
        const epoch = body.int32();
        const offset = Number(body.int64());
        body.int32();
        body.int64();
        body.int32();
        body.tags();
        const bytes = this.#fetchPartition(node, id, number, epoch, offset);
        found ||= bytes.found;
        return bytes.parts;
      });
      body.tags();
      return { id, partitions: partitions.flat(), count: partitions.length };
    });
    if (!found) await new Promise((resolve) => setTimeout(resolve, EMPTY_WAIT_MS));
    const out = new FlexibleWriter()
      .noTags()
      .int32(0)
      .int16(0)
      .int32(0)
      .unsignedVarint(topics.length + 1);
    const parts: Buffer[] = [out.take()];
    for (const { id, partitions, count } of topics) {
      parts.push(
        out
          .uuid(id)
          .unsignedVarint(count + 1)
          .take(),
        ...partitions,
        out.noTags().take(),
      );
    }
    return Buffer.concat([...parts, out.noTags().take()]);
  }

  #fetchPartition(node: number, id: string | null, number: number, epoch: number, offset: number) {
    const [name] = [...this.topics].find(([, topic]) => topic.id === id) ?? [];
    this.asked.push(`${node} Fetch ${name ?? 'unknown'}[${number}] ${offset}`);
    const { error, partition } =
      name === undefined
        ? { error: UNKNOWN_ID, partition: undefined }
        : this.#find(node, name, number, epoch);
    let code = error || (partition?.fetchError ?? 0);
    const { start = 0, end = 0, highWatermark = end } = partition ?? {};
    if (code === 0 && (offset < start || offset > end)) code = OUT_OF_RANGE;
    const records: Buffer[] = [];
    if (code === 0 && partition !== undefined)
      for (let at = offset; at < highWatermark; at++) records.push(batchOf(partition, at));
    const bytes = Buffer.concat(records);
    const out = new FlexibleWriter().int32(number).int16(code);
    for (const each of [highWatermark, highWatermark, start]) out.int64(BigInt(code === 0 ? each : -1));
    out
      .compactArray([], () => {})
      .int32(-1)
      .compactBytesLength(bytes.length);
    const head = out.take();
    return { found: code !== 0 || bytes.length > 0, parts: [head, bytes, out.noTags().take()] };
  }

  #find(node: number, name: string, number: number, epoch: number) {
    const partition = this.topics.get(name)?.partitions[number];
    if (partition === undefined) return { error: UNKNOWN_TOPIC, partition };
    if (partition.leader !== node) return { error: NOT_LEADER, partition };
    if (epoch < partition.epoch) return { error: FENCED_EPOCH, partition };
    return { error: epoch > partition.epoch ? UNKNOWN_EPOCH : 0, partition };
  }
}

/** A topic's id, the same for the same text. */
export function idOf(text: string): string {
  return Buffer.from(text.padEnd(16, '.').slice(-16)).toString('base64url');
}

function apiVersions(): Buffer {
  const entries = Object.entries(APIS);
  const out = new FlexibleWriter().int16(0).int32(entries.length);
  for (const [key, max] of entries) out.int16(Number(key)).int16(0).int16(max);
  return out.int32(0).take();
}

/** One record, whose value is its offset as text. */
function batchOf({ epoch, batch = (bytes) => bytes }: FakePartition, offset: number): Buffer {
  const set = new RecordSet();
  const value = Buffer.from(String(offset));
  set.append(value, 0, 0, value, 0, value.length, null, 0, 0);
  const bytes = Buffer.from(
    set.finish({ producerId: 1n, epoch: 0, baseSequence: 0, timestamp: 1_000, codec: 'none' }),
  );
  bytes.writeBigInt64BE(BigInt(offset), 0);
  bytes.writeInt32BE(epoch, 12);
  return batch(bytes, offset);
}

/** A socket whose other side answers one request after the other. */
class FakeSocket extends Duplex {
  #received: Buffer = Buffer.alloc(0);
  #answers: Promise<void> = Promise.resolve();

  constructor(private readonly answer: (request: Buffer) => Promise<Buffer>) {
    super();
  }

  override _read(): void {}

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 4 && this.#received.length >= 4 + this.#received.readInt32BE(0)) {
      const end = 4 + this.#received.readInt32BE(0);
      const request = this.#received.subarray(0, end);
      this.#received = this.#received.subarray(end);
      this.#answers = this.#answers.then(async () => {
        const answer = await this.answer(request);
        if (!this.destroyed) this.push(answer);
      });
      this.#answers.catch((error: Error) => this.destroy(error));
    }
    done();
  }

  setKeepAlive(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
