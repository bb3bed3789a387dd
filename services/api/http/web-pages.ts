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

export interface WebPages {
  readonly page: string;
  /** The same for who comes by a link of another site, which the page asks about before it logs anybody in. */
  readonly fromElsewhere: string;
}

/**
 * The page that all addresses of the dashboard are answered with.
 *
 * @param hasProvider whether people can log in at an identity provider
 * @throws TactusError where it is not built
 */
export function readWebPages(hasProvider: boolean): WebPages {
  const path = join(BUILT, 'index.html');
  if (!existsSync(path))
    throw new TactusError(
      'TACTUS_INVARIANT',
      `${path} is missing: run npm run build, which builds the dashboard`,
    );
  const built = readFileSync(path, 'utf8');
  const page = hasProvider ? built.replace('<body', '<body data-provider') : built;
  return { page, fromElsewhere: page.replace('<body', '<body data-from="elsewhere"') };
}
