import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '../../../../services/up/embedded/stack.js';
import { PreparedApi, ROLE_NAMES, type RoleName } from './prepared.js';
import { type Answered, runSchemathesis, schemathesis, tableOf, unanswered } from './run.js';

/*
 * `npm run test:api-schema -- [--examples 1000] [--role admin]... [--seed 1]`: the long form of schemathesis.int.test.ts.
 * Exit code 1 where an answer is not as it is described.
 */

const say = (line: string) => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    examples: { type: 'string', default: '1000' },
    role: { type: 'string', multiple: true, default: [...ROLE_NAMES] },
    seed: { type: 'string', default: '1' },
  },
});
process.exit((await main(values.role as RoleName[], Number(values.examples), Number(values.seed))) ? 0 : 1);

async function main(roles: readonly RoleName[], examples: number, seed: number): Promise<boolean> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tactus-schema-'));
  const stack = await startStack({ dataDir, progress: say });
  try {
    Object.assign(process.env, stack.env);
    const [prepared, programs] = [await PreparedApi.start(), await schemathesis()];
    const phases = ['examples', 'coverage', 'fuzzing', 'stateful'] as const;
    let isSound = true;
    const answered: Answered[] = [];
    for (const role of roles) {
      const { url } = prepared.api;
      const requests = await prepared.requests();
      const result = await runSchemathesis(programs, {
        ...{ url, asker: prepared.asker(role), requests, examples, phases, seed },
      });
      if (!result.isSound) say(result.output);
      for (const line of tableOf(result.answered)) say(`${role}: ${line}`);
      answered.push(...result.answered);
      isSound &&= result.isSound;
    }
    // By one of them: what is limited for all that come from here is used up by the first.
    const missing = unanswered({ answered });
    for (const one of missing) say(`${one} was never answered 2xx`);
    await prepared.stop();
    return isSound && missing.length === 0;
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
