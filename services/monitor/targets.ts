import { messageOf, TactusError } from '../../shared/core/errors.js';
import { readText } from '../../shared/files/read-text.js';

/** A worker to look at: the base address of its status server. */
export interface Target {
  readonly url: string;
  /** As the list calls it; the worker itself says it in its metrics. */
  readonly name: string;
}

/** Where `tactus up` lists its workers, unless its data are elsewhere. */
export const UP_TARGETS = '.tactus/workers.json';
/** More are not asked at once: each is a connection, and a column of figures. */
const MOST = 500;
/** Of a URL, which leaves a port out that is usual for its scheme. */
const WITH_PORT = /^https?:\/\/[^/]*:\d+(?:\/|$)/;

/** @param address `host:port`, or a URL whose path is left out @throws TactusError for what is neither */
export function targetOf(address: string): Target {
  const text = /^https?:\/\//.test(address) ? address : `http://${address}`;
  if (!URL.canParse(text) || !WITH_PORT.test(text))
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `${JSON.stringify(address)} is no address of a worker: HOST:PORT, or http://HOST:PORT`,
    );
  return { url: new URL(text).origin, name: new URL(text).host };
}

/**
 * The targets of a file in the form of Prometheus' `file_sd_configs`, such as `tactus up` writes.
 *
 * @throws TactusError when it cannot be read, or has another form
 */
export function readTargets(path: string): Target[] {
  const wrong = (why: string) =>
    new TactusError('TACTUS_CONFIG_INVALID', `${path}: ${why}; expected is [{"targets": ["HOST:PORT"]}]`);
  let groups: unknown;
  try {
    groups = JSON.parse(readText(path));
  } catch (error) {
    throw wrong(messageOf(error));
  }
  if (!Array.isArray(groups)) throw wrong('it is no list');
  const targets = groups.flatMap((group: { targets?: unknown; labels?: { worker?: unknown } } | null) => {
    if (!Array.isArray(group?.targets)) throw wrong('a group has no list of targets');
    const worker = group?.labels?.worker;
    return group.targets.map((address: unknown) => {
      const target = targetOf(String(address));
      return typeof worker === 'string' ? { ...target, name: worker } : target;
    });
  });
  if (targets.length === 0 || targets.length > MOST) throw wrong(`it has ${targets.length} targets`);
  return targets;
}
