import { errorText, int32, message, query, readableParts, SYNC } from './bridge-frames.js';
import {
  applySettings,
  BASE_SETTINGS,
  CAPTURE_SETTINGS,
  pairsOf,
  type Settings,
  settingsKey,
} from './bridge-settings.js';

/** Undoes what a pipeline has done before its Sync, which would commit it. */
const ABANDON = Buffer.concat([
  message('P', '', 'ROLLBACK', Buffer.alloc(2)),
  message('B', '', '', Buffer.alloc(6)),
  message('E', '', int32(0)),
  SYNC,
]);

/** What the bridge needs of PGlite. */
export interface Engine {
  execProtocolRaw(bytes: Uint8Array): Promise<Uint8Array>;
}

/** A client as the session sees it. */
export interface SessionUser {
  /** What the client wants set; written back when it may have changed. */
  settings: Settings;
  /** The client may have changed settings since they were last read. */
  settingsTouched: boolean;
  /** Ends the connection, because it keeps the session from others. */
  terminate(sqlState: string, reason: string): void;
}

/**
 * The one session of the database, passed between clients.
 *
 * Who has acquired it is alone until it releases it, which clients do when a ReadyForQuery says
 * idle; the others wait in the order in which they asked. A holder that lets others wait and sends
 * nothing for `idleMs` inside a transaction is ended, because two connections of one process that
 * wait for one another would otherwise wait for ever.
 *
 * Settings (SET, set_config, start-up parameters) are each client's own: they are read back after
 * statements that may change them and put in place when another client takes over. Shared by all
 * are temporary tables, SQL-level PREPARE and cursors WITH HOLD, LISTEN, and session-level advisory
 * locks, which thus never exclude anyone.
 */
export class SharedSession {
  /** Whose unnamed prepared statement is in place; null after a simple query, which drops it. */
  unnamedOwner: SessionUser | null = null;
  #holder: SessionUser | null = null;
  #executing = false;
  #waiting: { user: SessionUser; enter: () => void }[] = [];
  #settings = '';
  #idle: NodeJS.Timeout | undefined;

  /** @param crashed called when the database itself has failed, before the call is rejected */
  constructor(
    private readonly engine: Engine,
    private readonly idleMs: number,
    private readonly crashed: (error: unknown) => void,
  ) {}

  isHeldBy(user: SessionUser): boolean {
    return this.#holder === user;
  }

  /** Waits for the session and puts the client's settings in place; at once for its holder. */
  async acquire(user: SessionUser): Promise<void> {
    if (this.#holder === user) return;
    if (this.#holder === null) this.#holder = user;
    else
      await new Promise<void>((enter) => {
        this.#waiting.push({ user, enter });
        // Only for the first: clients that come again and again would put the holder's end off for ever.
        if (this.#waiting.length === 1) this.#watchIdle();
      });
    if (settingsKey(user.settings) === this.#settings) return;
    const refused = await this.apply(user.settings);
    // They were in place before, so this is not the client's doing; it goes on with the server's own.
    if (refused !== null) console.error(`settings of a client could not be put back: ${refused}`);
  }

  /** Runs whole messages for the holder and resolves with the whole answer. */
  async exec(bytes: Buffer): Promise<Buffer> {
    clearTimeout(this.#idle);
    this.#executing = true;
    try {
      const answers: Buffer[] = [];
      // The answer is a view of a buffer that the next call writes into.
      for (const part of readableParts(bytes))
        answers.push(Buffer.from(await this.engine.execProtocolRaw(part)));
      return answers.length === 1 ? (answers[0] as Buffer) : Buffer.concat(answers);
    } catch (error) {
      this.crashed(error);
      throw error;
    } finally {
      this.#executing = false;
      this.#watchIdle();
    }
  }

  /** Sets these and nothing else; resolves with the reason if the database refuses them. */
  async apply(settings: Settings): Promise<string | null> {
    this.unnamedOwner = null;
    const refused = errorText(await this.exec(query(applySettings(settings))));
    this.#settings = refused === null ? settingsKey(settings) : '';
    return refused;
  }

  /** Gives the session to the client that waits longest. */
  async release(user: SessionUser): Promise<void> {
    if (this.#holder !== user) return;
    if (user.settingsTouched) {
      this.unnamedOwner = null;
      user.settings = pairsOf(await this.exec(query(CAPTURE_SETTINGS)));
      user.settingsTouched = false;
      this.#settings = settingsKey(user.settings);
    }
    const next = this.#waiting.shift();
    this.#holder = next?.user ?? null;
    next?.enter();
    this.#watchIdle();
  }

  /** Ends what a disconnected client has left: its transaction and these prepared statements. */
  async cleanUp(user: SessionUser, closes: readonly Buffer[]): Promise<void> {
    const midway = this.#holder === user;
    if (!midway && closes.length === 0) return;
    user.settings = BASE_SETTINGS;
    if (midway) {
      await this.exec(ABANDON);
      await this.exec(query('ROLLBACK'));
      this.unnamedOwner = null;
      await this.apply(BASE_SETTINGS);
    } else await this.acquire(user);
    if (closes.length > 0) await this.exec(Buffer.concat([...closes, SYNC]));
    user.settingsTouched = false;
    await this.release(user);
  }

  #watchIdle(): void {
    clearTimeout(this.#idle);
    const holder = this.#holder;
    if (holder === null || this.#executing || this.#waiting.length === 0) return;
    this.#idle = setTimeout(() => {
      holder.terminate('25P03', 'idle in a transaction while other clients of the embedded database wait');
    }, this.idleMs);
    this.#idle.unref();
  }
}
