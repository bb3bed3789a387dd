import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Anomaly } from '../../../schemas/types.js';
import { anomalyStage } from '../../../services/anomaly/anomaly-stage.js';
import { watches } from '../../../services/anomaly/detection-rules.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { seenBy } from '../../../shared/alerting/rules/anomaly-terms.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { factorOf } from '../../../shared/detection/sensitivity.js';
import { windowOf } from '../../shared/alerting/helpers.js';
import { normal, seeded, series } from '../../shared/detection/generators.js';

const codecs = staticCodecs();
const nothing = () => {};

/** What is written of the same windows at a sensitivity of detection. */
function scored(sensitivity: number, records: readonly { readonly value: Buffer }[]) {
  let candidates = 0;
  const rest = { metrics: '*', tenants: '*', window: '10s', field: 'mean', above: null, below: null };
  const stage = anomalyStage({
    decoder: codecs.decoder('windows'),
    encoder: codecs.encoder('anomalies'),
    watchOf: watches([{ ...rest, sensitivity }], (rule) => ensemble({ sensitivity: rule.sensitivity })),
    observer: {
      ...{ scored: nothing, found: nothing, evicted: nothing, repeated: nothing, discarded: nothing },
      candidate: () => {
        candidates += 1;
      },
    },
    ...{ maxSeries: 10, maxGroups: 0, idleMs: 86_400_000 },
  });
  const state = stage.restore({ topic: 'windows', partition: 0, checkpoint: null, changelog: new Map() });
  const { outputs } = stage.step(state, arrayBatch({ topic: 'windows', records, baseOffset: 0 }), 0);
  const of = (wanted: string): Anomaly[] =>
    [...outputs]
      .filter(({ topic }) => topic === wanted)
      .map(({ value }) => codecs.decoder('anomalies').decode(value));
  return { anomalies: of('anomalies'), candidates: of('state.candidates'), counted: candidates };
}

/** Noise with a few incidents of various sizes. */
function made(seed: number): { readonly value: Buffer }[] {
  const random = seeded(seed);
  const noise = normal(random, 20, 1);
  const size = (i: number) => (i % 420 === 200 ? 6 + 6 * random() : 40);
  const encoder = codecs.encoder('windows');
  const values = series(1_000, (i) => noise() + (i % 210 === 200 ? size(i) : 0));
  return values.map((value, i) => ({ value: encoder.encode(windowOf(i, value)) }));
}

/** What a rule with this sensitivity has to see, as far as both say it. */
const brief = ({ id, start, value, detector, score }: Anomaly) => ({
  id,
  start,
  value,
  detector,
  score: score.toFixed(9),
});

describe('candidates', () => {
  it('let a rule see exactly the anomalies that detection would report at its sensitivity, more or fewer', () => {
    let [more, fewer] = [0, 0];
    for (const seed of [1, 2, 3]) {
      const windows = made(seed);
      const { candidates, anomalies } = scored(1, windows);
      for (const sensitivity of [0, 0.25, 0.5, 0.6, 0.75]) {
        const wanted = scored(factorOf(sensitivity), windows).anomalies;
        const terms = { model: 'anomaly_detector', threshold: 0.5, sensitivity } as const;
        const seen = candidates.flatMap((one) => seenBy(terms, one) ?? []);
        assert.deepEqual(seen.map(brief), wanted.map(brief), `seed ${seed}, sensitivity ${sensitivity}`);
        if (seen.length > anomalies.length) more += 1;
        if (seen.length < anomalies.length) fewer += 1;
      }
    }
    assert.ok(more > 3 && fewer > 3, `${more} saw more, ${fewer} fewer`);
  });

  it('are all anomalies and what is less, which is counted and no anomaly', () => {
    const { anomalies, candidates, counted } = scored(1, made(7));
    assert.deepEqual(
      candidates.filter(({ score }) => score >= 0.5),
      anomalies,
    );
    assert.equal(candidates.length - anomalies.length, counted);
    assert.ok(counted > 0 && counted < 1_000 / 50, `${counted} of 1,000 windows`);
  });
});
