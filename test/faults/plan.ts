import { pick, type Random } from '../integrity/random.js';

/** Workers of the pipeline, and how many there are of each. */
export const WORKERS = {
  gateway: 2,
  ingest: 2,
  windowing: 2,
  anomaly: 1,
  alerting: 1,
  sink: 1,
  batch: 1,
} as const;

export type WorkerName = keyof typeof WORKERS;
export const WORKER_NAMES = Object.keys(WORKERS) as WorkerName[];

/** A broker by what it is at the moment: leader of a partition of the input, coordinator of a group, or any. */
export const BROKER_ROLES = ['leader', 'coordinator', 'broker'] as const;
export type BrokerRole = (typeof BROKER_ROLES)[number];

const OTHER_SERVERS = ['registry', 'database', 'redis'] as const;
export type OtherServer = (typeof OTHER_SERVERS)[number];

export type Target = WorkerName | BrokerRole | OtherServer | 'sender';

export const KINDS = ['kill', 'freeze', 'slow', 'cut', 'disk', 'clock'] as const;
export type Kind = (typeof KINDS)[number];

/** One that is to be inflicted. */
export interface Fault {
  readonly target: Target;
  readonly kind: Kind;
}

/** These need namespaces: a link of its own, or a file system that can be made full. */
export const NEED_NAMESPACES: readonly Kind[] = ['slow', 'cut', 'disk'];

const OF_PROCESSES: readonly Kind[] = ['kill', 'freeze', 'slow', 'cut'];
const ON_DISKS: readonly Kind[] = [...OF_PROCESSES, 'disk'];

const KINDS_OF = new Map<Target, readonly Kind[]>([
  ...WORKER_NAMES.map((name) => [name, OF_PROCESSES] as const),
  ...BROKER_ROLES.map((role) => [role, ON_DISKS] as const),
  ...OTHER_SERVERS.map((name) => [name, ON_DISKS] as const),
  ['sender', ['clock']],
]);

export const TARGETS: readonly Target[] = [...KINDS_OF.keys()];

/** Every fault that there is, target by target. */
export function everyFault(): Fault[] {
  return [...KINDS_OF].flatMap(([target, kinds]) => kinds.map((kind) => ({ target, kind })));
}

export function nameOf({ target, kind }: Fault): string {
  return `${target}:${kind}`;
}

/** In every run of all tests. */
export const SHORT: { readonly withNamespaces: readonly Fault[]; readonly without: readonly Fault[] } = {
  withNamespaces: selectFaults('gateway:kill,leader:kill,ingest:freeze,database:cut'),
  without: selectFaults('gateway:kill,leader:kill,ingest:freeze,database:kill'),
};

/**
 * The faults that a list such as `broker:cut,redis,*:kill` names.
 *
 * @throws Error naming what is unknown
 */
export function selectFaults(list: string): Fault[] {
  const chosen = new Set<string>();
  for (const entry of list.split(',')) {
    const [target, kind = '*'] = entry.split(':');
    const found = everyFault().filter(
      (each) => (target === '*' || target === each.target) && (kind === '*' || kind === each.kind),
    );
    if (found.length === 0) throw new Error(`there is no fault ${entry}`);
    for (const each of found) chosen.add(nameOf(each));
  }
  return everyFault().filter((each) => chosen.has(nameOf(each)));
}

/** One after the other of those given, at random, without end; none comes twice in a row where there are others. */
export function* randomFaults(faults: readonly Fault[], random: Random): Generator<Fault> {
  let last: Fault | undefined;
  while (faults.length > 0) {
    const others = faults.length > 1 ? faults.filter((each) => each !== last) : faults;
    last = pick(random, others);
    yield last;
  }
}
