import { subscribe } from './live.js';

/**
 * Runs something some time after an alert or anomaly has come, once for all that have come by then: they come together.
 *
 * @returns what ends it
 */
export function afterBurst(kind: 'alerts' | 'anomalies', run: () => void, afterMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const come = () => {
    // Not put off by those that follow, which would put it off for as long as they come.
    timer ??= setTimeout(() => {
      timer = undefined;
      run();
    }, afterMs);
  };
  const end = subscribe({ kinds: [kind] }, { alert: come, anomaly: come });
  return () => {
    clearTimeout(timer);
    end();
  };
}
