import type { Socket } from 'node:net';
import {
  cString,
  errorResponse,
  FrameReader,
  int32,
  message,
  query,
  READY,
  readyStatus,
  SYNC,
} from './bridge-frames.js';
import type { SessionUser, SharedSession } from './bridge-session.js';
import { BASE_SETTINGS, type Settings, startupSettings } from './bridge-settings.js';
import { sqlTraits } from './bridge-sql.js';
import { closeStatement, renameStatement } from './bridge-statements.js';

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const VERSION_3_0 = 196_608;

/** A pipeline longer than this is run in parts, with the session kept: memory stays bounded. */
const MAX_GROUP_BYTES = 16 * 1024 * 1024;

/** Stands in for a COPY FROM STDIN: fails as PostgreSQL would, in and outside of transactions. */
const REFUSE_COPY = `DO $$BEGIN RAISE EXCEPTION 'COPY FROM STDIN is not supported by the embedded database: insert with unnest(...) instead' USING ERRCODE = '0A000'; END$$`;

/** One connection: start-up, then groups of messages up to Sync, Flush or Query, one at a time. */
export class BridgeClient implements SessionUser {
  settings: Settings = BASE_SETTINGS;
  settingsTouched = false;
  readonly #reader = new FrameReader();
  readonly #prefix: string;
  readonly #statements = new Set<string>();
  #started = false;
  #ended = false;
  #group: Buffer[] = [];
  #groupBytes = 0;
  /** The Parse of the client's unnamed statement, to have it again after others used the session. */
  #unnamed: Buffer | null = null;
  #needsUnnamed = false;
  #parsesUnnamed = false;
  #runsQuery = false;
  /** A named statement may change settings whenever it is executed. */
  #alwaysTouches = false;

  constructor(
    readonly id: number,
    private readonly socket: Socket,
    private readonly session: SharedSession,
    private readonly parameters: ReadonlyMap<string, string>,
  ) {
    this.#prefix = `c${id}:`;
  }

  /** Serves the connection to its end, and leaves the session as if it had not been. */
  async serve(): Promise<void> {
    try {
      for await (const chunk of this.socket) {
        this.#reader.push(chunk as Buffer);
        await this.#drainReader();
        if (this.#ended) break;
      }
    } catch (error) {
      if (error instanceof RangeError) this.terminate('08P01', error.message);
      // A connection that broke is over like one that ended; anything else is the database's failure.
      else if (!this.socket.destroyed && this.socket.errored === null) throw error;
    } finally {
      this.socket.end();
      await this.session.cleanUp(this, [...this.#statements].map(closeStatement));
    }
  }

  terminate(sqlState: string, reason: string): void {
    this.#ended = true;
    this.socket.end(errorResponse('FATAL', sqlState, reason));
    this.socket.destroySoon();
  }

  async #drainReader(): Promise<void> {
    while (!this.#started && !this.#ended) {
      const startup = this.#reader.startup();
      if (startup === null) return;
      await this.#startUp(startup);
    }
    for (let next = this.#reader.message(); next !== null && !this.#ended; next = this.#reader.message())
      await this.#take(next);
  }

  async #startUp(body: Buffer): Promise<void> {
    const code = body.readInt32BE(0);
    if (code === SSL_REQUEST || code === GSS_REQUEST) await this.#write(Buffer.from('N'));
    // A statement that runs in WebAssembly cannot be interrupted: the request is taken, to no effect.
    else if (code === CANCEL_REQUEST) this.#ended = true;
    else if (code >> 16 !== 3)
      this.terminate('08P01', `protocol ${code >> 16}.${code & 0xffff} is not known`);
    else await this.#greet(body, code);
  }

  async #greet(body: Buffer, version: number): Promise<void> {
    const asked = new Map<string, string>();
    for (let offset = 4; offset < body.length && body[offset] !== 0; ) {
      const [name, afterName] = cString(body, offset);
      const [value, next] = cString(body, afterName);
      asked.set(name, value);
      offset = next;
    }
    this.settings = startupSettings(asked);
    if (asked.has('replication')) return this.terminate('0A000', 'replication is not supported');
    if (this.settings.size > BASE_SETTINGS.size) {
      await this.session.acquire(this);
      const refused = await this.session.apply(this.settings);
      if (refused !== null) this.settings = BASE_SETTINGS;
      await this.session.release(this);
      if (refused !== null) return this.terminate('22023', refused);
    }
    this.#started = true;
    const unknown = [...asked.keys()].filter((name) => name.startsWith('_pq_.'));
    const negotiate =
      version === VERSION_3_0 && unknown.length === 0
        ? []
        : [message('v', int32(VERSION_3_0), int32(unknown.length), ...unknown)];
    const status = [...this.parameters].map(([name, value]) => message('S', name, value));
    const key = message('K', int32(this.id), int32(Math.floor(Math.random() * 0x7fffffff)));
    await this.#write(Buffer.concat([...negotiate, message('R', int32(0)), ...status, key, READY]));
  }

  async #take(bytes: Buffer): Promise<void> {
    const type = String.fromCharCode(bytes[0] ?? 0);
    // Terminate; and what follows a COPY that failed, which PostgreSQL steps over too.
    if (type === 'X') this.#ended = true;
    if ('Xdcfp'.includes(type)) return;
    if (type === 'Q') {
      this.#runsQuery = true;
      this.#unnamed = null;
      this.#add(this.#refuseCopy(cString(bytes, 5)[0], false) ? query(REFUSE_COPY) : bytes);
    } else this.#add(this.#rename(bytes));
    if ('QSHF'.includes(type) || this.#groupBytes > MAX_GROUP_BYTES) await this.#run();
  }

  #add(bytes: Buffer): void {
    this.#group.push(bytes);
    this.#groupBytes += bytes.length;
  }

  #rename(bytes: Buffer): Buffer {
    const renamed = renameStatement(bytes, this.#prefix);
    const { does, name } = renamed;
    if (does === 'parse') {
      const [, sqlAt] = cString(renamed.bytes, 5);
      const refused = this.#refuseCopy(cString(renamed.bytes, sqlAt)[0], name !== '');
      const parse = refused ? message('P', name, REFUSE_COPY, Buffer.alloc(2)) : renamed.bytes;
      if (name === '') {
        this.#unnamed = parse;
        this.#parsesUnnamed = true;
      } else this.#statements.add(name);
      return parse;
    }
    if (does === 'close') this.#statements.delete(name);
    if (does === 'use' && name === '' && !this.#parsesUnnamed) this.#needsUnnamed = true;
    return renamed.bytes;
  }

  #refuseCopy(sql: string, named: boolean): boolean {
    const { copiesFromStdin, setsSettings } = sqlTraits(sql);
    if (setsSettings) {
      this.settingsTouched = true;
      this.#alwaysTouches ||= named;
    }
    return copiesFromStdin;
  }

  async #run(): Promise<void> {
    const bytes = this.#group.length === 1 ? (this.#group[0] as Buffer) : Buffer.concat(this.#group);
    this.#group = [];
    this.#groupBytes = 0;
    await this.session.acquire(this);
    // Others have replaced the unnamed statement since; only possible outside of a transaction.
    if (this.#needsUnnamed && this.#unnamed !== null && this.session.unnamedOwner !== this)
      await this.session.exec(Buffer.concat([this.#unnamed, SYNC]));
    this.settingsTouched ||= this.#alwaysTouches;
    const answer = await this.session.exec(bytes);
    if (this.#runsQuery) this.session.unnamedOwner = null;
    else if (this.#parsesUnnamed || this.#needsUnnamed) this.session.unnamedOwner = this;
    this.#needsUnnamed = false;
    this.#parsesUnnamed = false;
    this.#runsQuery = false;
    if (readyStatus(answer) === 'I') await this.session.release(this);
    await this.#write(answer);
  }

  /** Waits while the client is slow to read: it then sends nothing new that would be read. */
  async #write(bytes: Buffer): Promise<void> {
    if (this.socket.destroyed || bytes.length === 0 || this.socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.socket.off('drain', done).off('close', done);
        resolve();
      };
      this.socket.on('drain', done).on('close', done);
    });
  }
}
