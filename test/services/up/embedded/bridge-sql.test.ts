import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sqlTraits } from '../../../../services/up/embedded/bridge-sql.js';

const COPIES = [
  'COPY t FROM STDIN',
  'copy t from stdin',
  '  \n\tCopy "T" (a, "from")\n FROM\tSTDIN WITH (FORMAT csv)',
  '/* why */ COPY t /* a /* nested */ one */ FROM -- a line\n STDIN',
  'COPY public.t(a,b)FROM/**/STDIN;',
  "SELECT ';'; COPY t FROM STDIN",
  'BEGIN; COPY t FROM STDIN; COMMIT',
  "SELECT $x$ COPY ; $x$; COPY t FROM STDIN WITH DELIMITER '|'",
];

const COPIES_NOT = [
  'COPY t TO STDOUT',
  "COPY t FROM '/dev/blob'",
  "SELECT 'COPY t FROM STDIN'",
  "SELECT E'it\\'s; COPY t FROM STDIN'",
  'SELECT "copy" FROM stdin',
  '-- COPY t FROM STDIN\nSELECT 1',
  '/* COPY t FROM STDIN */ SELECT 1',
  '/* /* */ ; COPY t FROM STDIN */ SELECT 1',
  'SELECT $$; COPY t FROM STDIN$$',
  'SELECT $tag$; COPY t FROM STDIN$tag$',
  'COPY (SELECT a FROM stdin) TO STDOUT',
  'INSERT INTO copy SELECT * FROM stdin',
  'CREATE TABLE copy_from_stdin (a int)',
];

for (const sql of COPIES)
  test(`COPY FROM STDIN is seen in ${JSON.stringify(sql)}`, () => {
    assert.equal(sqlTraits(sql).copiesFromStdin, true);
  });

for (const sql of COPIES_NOT)
  test(`no COPY FROM STDIN is seen in ${JSON.stringify(sql)}`, () => {
    assert.equal(sqlTraits(sql).copiesFromStdin, false);
  });

test('COPY FROM STDIN is seen whatever case, white space and comments it is written with', () => {
  const blank = fc
    .array(fc.constantFrom(' ', '\n', '\t', '/* x */', '/* /* ; */ */', '-- ; copy\n'), { minLength: 1 })
    .map((parts) => parts.join(''));
  const word = (text: string) =>
    fc
      .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
      .map((upper) => [...text].map((c, i) => (upper[i] ? c.toUpperCase() : c)).join(''));
  const before = fc.constantFrom(
    '',
    'SELECT 1;',
    "SELECT ';';",
    'SELECT $$;$$ ;',
    "INSERT INTO t VALUES ('copy');",
  );
  const table = fc.constantFrom('t', '"T;"', 'a.b', 't (a, b)', '"from" (stdin)');
  fc.assert(
    fc.property(
      fc.tuple(before, word('copy'), blank, table, blank, word('from'), blank, word('stdin')),
      (parts) => sqlTraits(parts.join('')).copiesFromStdin,
    ),
  );
});

test('statements that set session settings are distinguished from those that only mention SET', () => {
  const sets = [
    'SET a = 1',
    'reset all',
    ' discard all',
    "SELECT set_config('a', 'b', false)",
    'BEGIN; SET x TO 1',
    "SELECT set_config('a', 'b', true), set_config('c', 'd', false)",
    "SELECT set_config('a', 'b', not true), set_config('c', 'd', 'f' = true)",
    "SELECT set_config('a', 'b', true); SET x TO 1",
  ];
  for (const sql of sets) assert.equal(sqlTraits(sql).setsSettings, true, sql);
  const not = [
    'UPDATE t SET a = 1',
    'INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET a = 2',
    "SELECT 'SET'",
    "BEGIN READ ONLY; SELECT set_config('a', 'it''s', true), SET_CONFIG( 'c' , '1' , TRUE )",
  ];
  for (const sql of not) assert.equal(sqlTraits(sql).setsSettings, false, sql);
});
