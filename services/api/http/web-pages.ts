import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TactusError } from '../../../shared/core/errors.js';
import { packageRoot } from '../../../shared/files/package-root.js';

/** First parts of the addresses of the dashboard's pages, besides `/`. */
export const WEB_PATHS = [
  ...['explore', 'dashboards', 'events', 'anomalies', 'alerts', 'rules'],
  ...['quality', 'dead-letters', 'access', 'settings'],
] as const;

/** Nothing but what comes from here, and nothing that stands in the page itself. */
export const WEB_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const BUILT = join(packageRoot(), 'dist', 'dashboard');

/** The folder of scripts, styles and fonts, whose names change with what is in them. */
export const WEB_ASSETS = join(BUILT, 'assets');

export interface WebPage {
  readonly page: string;
  /** The same for who comes by a link of another site, which the page asks about before it logs anybody in. */
  readonly fromElsewhere: string;
}

/** A file of the dashboard, as Vite lists it. */
interface Built {
  readonly file: string;
  /** By their names in the list. */
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
  readonly assets?: readonly string[];
}

/**
 * The pages of the dashboard, by the first part of their addresses. Each names all that it is made of, so that a browser fetches
 * that at once, instead of finding out file by file.
 *
 * @param hasProvider whether people can log in at an identity provider
 * @throws TactusError where they are not built
 */
export function readWebPages(hasProvider: boolean): ReadonlyMap<string, WebPage> {
  const html = readBuilt('index.html');
  const files = JSON.parse(readBuilt('manifest.json')) as Readonly<Record<string, Built>>;
  const built = hasProvider ? html.replace('<body', '<body data-provider') : html;
  const fonts = files['index.html']?.assets?.filter((file) => file.endsWith('.woff2')) ?? [];
  return new Map(
    ['', ...WEB_PATHS].map((path) => {
      const ahead = [
        ...fonts.map(
          (file) => `<link rel="preload" as="font" type="font/woff2" crossorigin href="/${file}">`,
        ),
        ...linksOf(files, `pages/${path || 'overview'}/page.tsx`),
      ].filter((link) => !built.includes(link));
      const page = built.replace('</head>', `  ${ahead.join('\n    ')}\n  </head>`);
      return [path, { page, fromElsewhere: page.replace('<body', '<body data-from="elsewhere"') }];
    }),
  );
}

function readBuilt(name: string): string {
  const path = join(BUILT, name);
  if (!existsSync(path))
    throw new TactusError(
      'TACTUS_INVARIANT',
      `${path} is missing: run npm run build, which builds the dashboard`,
    );
  return readFileSync(path, 'utf8');
}

/** Of a file and all that it imports. */
function linksOf(files: Readonly<Record<string, Built>>, name: string, seen = new Set<string>()): string[] {
  const built = files[name];
  if (built === undefined || seen.has(name)) return [];
  seen.add(name);
  return [
    `<link rel="modulepreload" crossorigin href="/${built.file}">`,
    ...(built.css ?? []).map((file) => `<link rel="stylesheet" crossorigin href="/${file}">`),
    ...(built.imports ?? []).flatMap((one) => linksOf(files, one, seen)),
  ];
}
