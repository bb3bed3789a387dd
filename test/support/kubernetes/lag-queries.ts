import type { Manifest } from './manifests.js';

/** How KEDA scales one Deployment. */
export interface ScaledObject extends Manifest {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
    readonly fallback: { readonly replicas: number };
    readonly advanced: {
      readonly horizontalPodAutoscalerConfig: {
        readonly behavior: { readonly scaleDown: { readonly stabilizationWindowSeconds: number } };
      };
    };
    readonly triggers: readonly {
      readonly metadata: {
        readonly query: string;
        readonly ignoreNullValues: string;
        readonly threshold: string;
      };
    }[];
  };
}

export function scaledObjects(manifests: readonly Manifest[]): ScaledObject[] {
  return manifests.filter((manifest): manifest is ScaledObject => manifest.kind === 'ScaledObject');
}

/** What Prometheus is asked for the lag of each worker that is scaled by it. */
export function lagQueries(manifests: readonly Manifest[]): Map<string, string> {
  return new Map(
    scaledObjects(manifests).map(({ metadata, spec }) => [
      metadata.name,
      spec.triggers[0]?.metadata.query as string,
    ]),
  );
}
