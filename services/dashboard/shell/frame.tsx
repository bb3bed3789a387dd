import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { link, path } from '../address/address.js';
import { may } from '../api/session.js';
import { classes } from '../parts/class-names.js';
import { Icon, Mark } from '../parts/icon.js';
import { Failure, Skeleton, State } from '../parts/states.js';
import { followKeys } from './keys.js';
import { loadedPage, loadPage, PAGES, type PageEntry } from './pages.js';
import { KeysHelp, Palette } from './palette.js';
import { TopBar } from './top-bar.js';

const GROUPS = ['see', 'act', 'check', 'manage'] as const;

/** What surrounds each page: where one is, where one can go, and the range of time. */
export function Frame() {
  const [isNavOpen, setNavOpen] = useState(false);
  const first = path.value.split('/')[1] ?? '';
  const page = PAGES.find((one) => one.path === first) ?? null;
  const offered = PAGES.filter(({ right }) => may(right));
  useEffect(followKeys, []);
  useEffect(() => {
    setNavOpen(false);
    document.title = page === null ? 'Tactus' : `${page.title} · Tactus`;
  }, [path.value]);

  return (
    <div class="frame">
      <a class="button skip" href="#main">
        Skip to the page
      </a>
      <nav class={classes('nav', isNavOpen && 'is-open')} aria-label="Pages">
        <a class="brand" href={link('/')}>
          <Mark /> Tactus
        </a>
        {GROUPS.map((group) => (
          <div key={group} class="nav-group">
            {offered
              .filter((one) => one.group === group)
              .map((one) => (
                <a
                  key={one.path}
                  class="nav-link"
                  href={link(`/${one.path}`)}
                  {...(one === page && { 'aria-current': 'page' as const })}
                >
                  <Icon name={one.icon} />
                  {one.title}
                </a>
              ))}
          </div>
        ))}
      </nav>
      {isNavOpen && (
        <button
          type="button"
          class="nav-shade"
          aria-label="Close the pages"
          onClick={() => setNavOpen(false)}
        />
      )}
      <TopBar title={page?.title ?? 'Not found'} onNav={() => setNavOpen(true)} />
      <main class="main" id="main" tabIndex={-1}>
        {page === null ? (
          <State icon="search" title="There is no such page">
            <a href={link('/')}>Go to the overview</a>
          </State>
        ) : (
          <PageOf key={page.path} page={page} />
        )}
      </main>
      <Palette />
      <KeysHelp />
    </div>
  );
}

/** A page, whose code comes when it is first shown. */
function PageOf({ page }: { readonly page: PageEntry }) {
  const [error, setError] = useState<unknown>(null);
  const Page = loadedPage(page);
  const [, setLoaded] = useState(Page !== undefined);
  const load = () => {
    setError(null);
    loadPage(page).then(() => setLoaded(true), setError);
  };
  useLayoutEffect(() => {
    if (Page === undefined) load();
  }, []);
  if (error !== null) return <Failure error={error} onRetry={load} />;
  return Page === undefined ? <Skeleton lines={4} height="4rem" /> : <Page />;
}
