import type { AvroSchema } from '../../catalog/avro-schema.js';
import { messageOf, TactusError } from '../../core/errors.js';
import type { WriterSchema } from './writer-schemas.js';

const REQUEST_TIMEOUT_MS = 5_000;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

/** An answer of the registry: the body of a success, or the registry's own error code. */
type Answer =
  | { readonly body: Record<string, unknown> }
  | { readonly code: number; readonly message: string };

/**
 * The schema registry's Confluent API: read by id, look up, register with compatibility BACKWARD.
 *
 * Every call throws `TACTUS_REGISTRY_UNAVAILABLE` (retriable) when the registry can't be reached,
 * takes too long or gives an answer that is not the API's. So a 404 of a proxy or of a wrong path
 * is never taken for "this schema does not exist", which would send good records to `dlq`.
 */
export class RegistryClient {
  readonly #base: string;
  readonly #headers: Record<string, string> = { accept: CONTENT_TYPE, 'content-type': CONTENT_TYPE };

  /** @param address base address of the API; user and password in it are sent as basic authentication */
  constructor(address: string) {
    const url = new URL(address);
    if (url.username !== '')
      this.#headers.authorization = `Basic ${Buffer.from(
        `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`,
      ).toString('base64')}`;
    url.username = '';
    url.password = '';
    this.#base = url.href.replace(/\/+$/, '');
  }

  /** What the registry has under `id`; null when it knows none. */
  async schemaById(id: number): Promise<WriterSchema | null> {
    const answer = await this.#request('GET', `/schemas/ids/${id}`);
    return 'body' in answer ? writerSchema(answer.body) : notFound(answer, `reading schema ${id}`);
  }

  /** The schema that was registered last under the subject; null for a subject without one. */
  async latest(subject: string): Promise<WriterSchema | null> {
    const answer = await this.#request('GET', `/subjects/${encodeURIComponent(subject)}/versions/latest`);
    return 'body' in answer
      ? writerSchema(answer.body)
      : notFound(answer, `reading the schema of ${subject}`);
  }

  /** The id under which exactly this schema is registered in the subject; null when it is not. */
  async idOf(subject: string, schema: AvroSchema): Promise<number | null> {
    const doing = `looking up the schema of ${subject}`;
    const answer = await this.#request('POST', `/subjects/${encodeURIComponent(subject)}`, wrapped(schema));
    return 'body' in answer ? idIn(answer.body, doing) : notFound(answer, doing);
  }

  /**
   * Registers the schema if it is not there yet. A subject whose compatibility is not checked gets
   * BACKWARD; one that has another level keeps it.
   *
   * @returns the id under which values are written
   * @throws TactusError `TACTUS_SCHEMA_INCOMPATIBLE` when the registry refuses it.
   */
  async ensure(subject: string, schema: AvroSchema): Promise<{ id: number; added: boolean }> {
    const known = await this.idOf(subject, schema);
    const id = known ?? (await this.#register(subject, schema));
    await this.#requireCompatibility(subject);
    return { id, added: known === null };
  }

  async #register(subject: string, schema: AvroSchema): Promise<number> {
    const doing = `registering the schema of ${subject}`;
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const answer = await this.#request('POST', path, wrapped(schema));
    if ('body' in answer) return idIn(answer.body, doing);
    if (isKind(answer.code, 409) || isKind(answer.code, 422))
      throw new TactusError(
        'TACTUS_SCHEMA_INCOMPATIBLE',
        `the registry refuses today's schema of ${subject}: ${answer.message}`,
      );
    throw unavailable(doing, `${answer.code} ${answer.message}`);
  }

  async #requireCompatibility(subject: string): Promise<void> {
    if (await this.#isChecked(subject)) return;
    const path = `/config/${encodeURIComponent(subject)}`;
    const set = await this.#request('PUT', path, { compatibility: 'BACKWARD' });
    // Refused: another process may have set it in between.
    if ('code' in set && !(await this.#isChecked(subject)))
      throw unavailable(`setting the compatibility of ${subject}`, `${set.code} ${set.message}`);
  }

  async #isChecked(subject: string): Promise<boolean> {
    const answer = await this.#request('GET', `/config/${encodeURIComponent(subject)}`);
    // Some registries show the global level for a subject without one of its own.
    if ('body' in answer) return answer.body.compatibilityLevel !== 'NONE';
    notFound(answer, `reading the compatibility of ${subject}`);
    return false;
  }

  async #request(method: string, path: string, content?: object): Promise<Answer> {
    const url = this.#base + path;
    let status: number;
    let text: string;
    try {
      const response = await fetch(url, {
        method,
        headers: this.#headers,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      throw unavailable(`${method} ${url}`, messageOf(cause ?? error), error);
    }
    const body = parseObject(text);
    if (status === 200 && body !== null) return { body };
    const code = body?.error_code;
    // Server errors (50001 and so on) and refused credentials are no answers.
    if (status < 400 || status >= 500 || status === 401 || status === 403 || typeof code !== 'number')
      throw unavailable(`${method} ${url}`, `status ${status} ${text.slice(0, 200)}`);
    return { code, message: String(body?.message ?? '') };
  }
}

/** Confluent's codes are a status with two more digits (40403), or a bare status (409). */
function isKind(code: number, status: number): boolean {
  return code === status || Math.trunc(code / 100) === status;
}

/** Null when the answer says that what was asked for does not exist. */
function notFound(answer: { code: number; message: string }, doing: string): null {
  if (isKind(answer.code, 404)) return null;
  throw unavailable(doing, `${answer.code} ${answer.message}`);
}

function writerSchema(body: Record<string, unknown>): WriterSchema {
  const { schema, schemaType, references } = body;
  if (typeof schema !== 'string') throw unavailable('reading a schema', 'the answer holds none');
  if (schemaType !== undefined && schemaType !== 'AVRO')
    return { unusable: `its type is ${String(schemaType)}` };
  if (Array.isArray(references) && references.length > 0)
    return { unusable: 'it refers to schemas of other subjects; register it as one' };
  try {
    return { schema: JSON.parse(schema) as AvroSchema };
  } catch (error) {
    return { unusable: messageOf(error) };
  }
}

function wrapped(schema: AvroSchema): { schema: string } {
  return { schema: JSON.stringify(schema) };
}

function idIn(body: Record<string, unknown>, doing: string): number {
  if (Number.isInteger(body.id)) return body.id as number;
  throw unavailable(doing, 'the answer holds no id');
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    // Not JSON: not an answer of the API, and treated as such.
    return null;
  }
}

function unavailable(doing: string, why: string, cause?: unknown): TactusError {
  return new TactusError('TACTUS_REGISTRY_UNAVAILABLE', `${doing}: ${why}`, { cause });
}
