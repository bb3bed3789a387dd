import { type JointState, KEPT, newJoint } from '../../shared/detection/joint-watch.js';
import { type JointGroup, MOST_METRICS } from './joint-groups.js';

const VERSION = 1;

interface Header {
  readonly metrics: string[];
  readonly start: number;
  readonly values: (number | null)[];
  readonly count: number;
  readonly openUntil: number;
  readonly floor: number | null;
  readonly total: number;
  readonly counts: number[];
}

/** Layout of a changelog value: version u8, length of the header u32, the header as JSON, rows f32 by their places. */
export function saveGroup({ metrics, start, values, joint }: JointGroup): Buffer {
  const orNull = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);
  const header: Header = {
    ...{ metrics, start, values: Array.from(values, orNull) },
    ...{ count: joint.count, openUntil: joint.openUntil },
    ...{ floor: orNull(joint.tails.floors[0]), total: joint.tails.totals[0] ?? 0 },
    counts: [...joint.tails.counts],
  };
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(5);
  prefix[0] = VERSION;
  prefix.writeUInt32LE(json.length, 1);
  const rows = joint.rows.map((row) => Buffer.from(row.buffer, row.byteOffset, row.byteLength));
  return Buffer.concat([prefix, json, ...rows]);
}

/** Null for bytes of another version. Trees are grown with the next row: the changelog has a group many times, and its last one counts. */
export function loadGroup(bytes: Buffer): JointGroup | null {
  if (bytes.length < 5 || bytes[0] !== VERSION) return null;
  const rowsAt = 5 + bytes.readUInt32LE(1);
  const header = JSON.parse(bytes.toString('utf8', 5, rowsAt)) as Header;
  const { metrics, start, values } = header;
  if (metrics.length > MOST_METRICS) return null;
  const joint: JointState = newJoint(metrics.length);
  joint.count = header.count;
  joint.openUntil = header.openUntil;
  joint.tails.floors[0] = header.floor ?? Number.NaN;
  joint.tails.totals[0] = header.total;
  joint.tails.counts.set(header.counts);
  const rows = Math.min(joint.count, KEPT);
  for (let i = 0; i < rows; i++)
    joint.rows[i] = Float32Array.from(metrics, (_, column) =>
      bytes.readFloatLE(rowsAt + 4 * (i * metrics.length + column)),
    );
  return { metrics, start, values: Float64Array.from(values, (value) => value ?? Number.NaN), joint };
}
