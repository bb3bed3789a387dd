import type { Anomaly } from './operations.js';

/** Of a silence, value and band count windows of other series. */
export const hasFigures = ({ detector }: Pick<Anomaly, 'detector'>): boolean => detector !== 'silence';

/** How high an anomaly is drawn in a chart of its metric. */
export const heightOf = (anomaly: Pick<Anomaly, 'detector' | 'value'>): { value?: number } =>
  hasFigures(anomaly) ? { value: anomaly.value } : {};
