import type { StackEnv } from '../../../services/up/embedded/stack.js';
import type { PlainClient } from '../../support/plain-client.js';
import { Findings } from '../findings.js';
import { Load, type Make } from '../load.js';
import { readTopic } from '../read-topic.js';
import type { Outcome, Scenario } from '../scenario.js';
import { readToTheEnd } from '../settle.js';
import type { Site } from '../site.js';
import { type Courses, compare, describeCourses, report } from './courses.js';
import { undisturbed } from './undisturbed.js';

/** A worker with a changelog, compared with an undisturbed one. */
export interface ChangelogWorker<T> {
  readonly worker: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Fewer than this would show nothing. */
  readonly least: number;
  readonly env: (site: Site) => Readonly<Record<string, string>>;
  readonly load: (site: Site) => Promise<Make>;
  /** The subject of an output and its content, without what depends on the moment. */
  readonly reported: (value: T) => readonly [subject: string, what: unknown];
}

export function changelogScenario<T>(kind: ChangelogWorker<T>): Scenario {
  const { worker, inputs, output } = kind;
  return {
    name: worker,
    worker,
    servers: ['kafka', 'registry'],
    input: inputs[0] as string,
    outputs: [`state.${worker}`],
    prepare: async (site) => {
      const env = kind.env(site);
      return {
        env,
        start: async () => await Load.start(site, await kind.load(site)),
        settle: (pool) => readToTheEnd(pool, site.client, worker, inputs),
        verify: async () => {
          const found = await coursesOf(kind, site.stack.env, site.client);
          const calm = await undisturbed(site, { worker, group: worker, topics: inputs, env });
          return await check(kind, site, found, await coursesOf(kind, site.stack.env, calm));
        },
      };
    },
  };

  async function check(
    { least }: ChangelogWorker<T>,
    { client, stack }: Site,
    found: Courses,
    wanted: Courses,
  ): Promise<Outcome> {
    const findings = new Findings();
    compare(output, found, wanted, findings);
    const expected = [...wanted.values()].flat().length;
    if (expected < least) findings.add(`${output} too few`, `${expected}, which shows nothing`);
    await readTopic<{ message: string }>(client, stack.env, 'dlq', ({ value }) =>
      findings.add('inputs refused', value.message),
    );
    return { findings, lines: [describeCourses(output, found, wanted, findings)] };
  }
}

/** What is in the output, by subject. */
export async function coursesOf<T>(
  { output, reported }: Pick<ChangelogWorker<T>, 'output' | 'reported'>,
  env: StackEnv,
  client: PlainClient,
): Promise<Courses> {
  const courses = new Map<string, string[]>();
  await readTopic<T>(client, env, output, ({ value }) => report(courses, ...reported(value)));
  return courses;
}
