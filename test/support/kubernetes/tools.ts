import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '../../../shared/files/package-root.js';
import { pythonEnvironment } from '../python-environment.js';
import type { Manifest } from './manifests.js';

const execute = promisify(execFile);
const here = join(packageRoot(), 'test', 'support', 'kubernetes');

/** Why there can be none here; undefined where there can. */
export const NO_KUBERNETES_TOOLS: string | undefined =
  process.platform !== 'linux' || process.arch !== 'x64'
    ? 'kubectl, helm and hadolint are fetched for Linux on x64'
    : undefined;

/** What checks manifests, in versions of its own: none of it needs a cluster. */
export interface KubernetesTools {
  /** `kubectl kustomize` of a folder, relative to the project. */
  kustomize(folder: string): Promise<Manifest[]>;
  /** `helm template` of the chart with one of its files of values. */
  helmTemplate(values: string, namespace: string): Promise<Manifest[]>;
  /** @throws with what it says where a file is no good */
  validate(file: string, version: string): Promise<void>;
  /** @throws with what it says where the Dockerfile is no good */
  hadolint(file: string): Promise<void>;
}

export async function kubernetesTools(): Promise<KubernetesTools> {
  const bin = await pythonEnvironment(
    'kubernetes-tools',
    join(here, 'requirements.txt'),
    join(here, 'unpack.py'),
  );
  const render = async (program: string, args: readonly string[]) => {
    const { stdout } = await execute(join(bin, program), [...args], {
      cwd: packageRoot(),
      maxBuffer: 16 << 20,
      env: {},
    });
    return parseAllDocuments(stdout).flatMap((document) => {
      const manifest = document.toJS() as Manifest | null;
      return manifest === null ? [] : [manifest];
    });
  };
  const check = async (program: string, args: readonly string[]) => {
    try {
      await execute(join(bin, program), [...args]);
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`);
    }
  };
  return {
    kustomize: (folder) => render('kubectl', ['kustomize', folder]),
    helmTemplate: (values, namespace) =>
      render('helm', [
        ...['template', 'tactus', 'k8s/chart', '--namespace', namespace, '--kube-version', '1.32.0'],
        ...['--values', `k8s/chart/${values}`],
      ]),
    validate: (file, version) =>
      check('python3', ['-m', 'kubernetes_validate', '-k', version, '--strict', '--quiet', file]),
    hadolint: (file) => check('hadolint', [file]),
  };
}
