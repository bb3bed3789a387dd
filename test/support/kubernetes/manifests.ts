/** A manifest of Kubernetes, as far as tests look at it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly { name: string; value?: string; valueFrom?: { fieldRef: { fieldPath: string } } }[];
  readonly envFrom: readonly { configMapRef: { name: string } }[];
  readonly ports?: readonly { name: string; containerPort: number }[];
  readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly volumeMounts: readonly { name: string; mountPath: string; readOnly?: boolean }[];
}

export interface PodSpec {
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: Readonly<Record<string, unknown>> & {
    readonly runAsUser: number;
    readonly runAsGroup: number;
    readonly fsGroup: number;
  };
  readonly topologySpreadConstraints?: readonly { topologyKey: string }[];
  readonly containers: readonly [Container];
  readonly volumes: readonly { name: string; secret?: { secretName: string }; emptyDir?: object }[];
}

/** What a Deployment or Job of ours says about its pods. */
export interface Workload {
  readonly kind: 'Deployment' | 'Job';
  readonly name: string;
  readonly replicas: number | undefined;
  readonly strategy: unknown;
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: PodSpec;
  readonly container: Container;
}

/** All Deployments and Jobs, the Jobs first. */
export function workloads(manifests: readonly Manifest[]): Workload[] {
  return manifests
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map(({ kind, metadata, spec }) => {
      const { replicas, strategy, template } = spec as {
        replicas?: number;
        strategy?: unknown;
        template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
      };
      return {
        ...{ kind: kind as Workload['kind'], name: metadata.name, replicas, strategy },
        ...{ labels: template.metadata.labels, pod: template.spec, container: template.spec.containers[0] },
      };
    })
    .sort((one, other) => other.kind.localeCompare(one.kind));
}

/** What a pod knows of itself, by its name. */
const FIELDS: Readonly<Record<string, (pod: string) => string>> = {
  'metadata.name': (pod) => pod,
  'spec.nodeName': () => 'node-1',
};

/** The variables that Kubernetes gives a container. @param pod name of its pod */
export function environmentIn(
  manifests: readonly Manifest[],
  { envFrom, env = [] }: Container,
  pod: string,
): Record<string, string> {
  const configs = envFrom.map(({ configMapRef: { name } }) => {
    const found = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
    if (found === undefined) throw new Error(`there is no ConfigMap ${name}`);
    return found.data ?? {};
  });
  const own = env.map(({ name, value, valueFrom }) => {
    const field = FIELDS[valueFrom?.fieldRef.fieldPath ?? ''];
    const set = value ?? field?.(pod);
    if (set === undefined) throw new Error(`${name} is set by something that this does not know`);
    return [name, set] as const;
  });
  return Object.assign({}, ...configs, Object.fromEntries(own));
}
