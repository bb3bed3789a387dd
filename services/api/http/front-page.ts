/*
 * The page at `/`. It exchanges the code that a link has behind its `#`, which no server is sent and no log has, and shows who is logged
 * in. The address bar and the history lose the code first. Who comes from a page of another site is asked before: a stranger's link
 * there would log them in as somebody else, in whose name they would go on.
 */

export const FRONT_STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 36rem; margin: 15vh auto 0; padding: 0 1.5rem; }
h1 { margin: 0; font-size: 1.75rem; }
[hidden] { display: none; }
code { font-size: 0.9em; }
input, button { font: inherit; padding: 0.25rem 0.75rem; }
`;

export const FRONT_SCRIPT = `
'use strict';
const part = (id) => document.getElementById(id);
const post = async (path, body) => {
  const answer = await fetch('/api/v1/auth/' + path, {
    method: 'POST',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { ok: answer.ok, body: text === '' ? {} : JSON.parse(text) };
};
const show = (text, { hint = false, second = false, out = false, by = false } = {}) => {
  part('status').textContent = text;
  part('hint').hidden = !hint;
  part('second').hidden = !second;
  part('out').hidden = !out;
  part('by').hidden = !by;
};
const isIn = ({ user }) => {
  const roles = Object.entries(user.roles).map(([tenant, role]) => role + ' of ' + (tenant === '*' ? 'all tenants' : tenant));
  show('Logged in as ' + user.name + (roles.length > 0 ? ', ' + roles.join(', ') : '') + '.', { out: true });
};
const byLink = async (link, code) => {
  const { ok, body } = await post('link', { link, cookie: true, ...(code && { code }) });
  if (ok) return isIn(body);
  const second = code !== undefined || body.code === 'TACTUS_SECOND_FACTOR_REQUIRED';
  show(code === undefined && second ? 'This user has a second factor.' : 'Not logged in: ' + body.detail, { second });
  part('second').onsubmit = (event) => {
    event.preventDefault();
    void guarded(() => byLink(link, new FormData(event.target).get('code').trim()));
  };
};
/* Two pages that use one refresh token would end the login. */
const alone = (work) => (navigator.locks ? navigator.locks.request('tactus-refresh', work) : work());
const byCookie = async () => {
  const { ok, body } = await alone(() => post('refresh'));
  if (ok) isIn(body);
  else show('Not logged in.', { hint: true });
};
const guarded = (work) => work().catch(() => show('The API does not answer: reload the page.'));
const open = () => {
  const [, link] = /^#login=([\\w-]+)$/.exec(location.hash) ?? [];
  if (location.hash !== '') history.replaceState(null, '', location.pathname);
  if (link === undefined) return guarded(byCookie);
  if (document.body.dataset.from !== 'elsewhere') return guarded(() => byLink(link));
  show('A page of another site leads here. Log in by its link only if it was made for you.', { by: true });
  part('by').onclick = () => guarded(() => byLink(link));
};
part('out').onclick = () =>
  guarded(async () => {
    await alone(() => post('logout'));
    show('Logged out.', { hint: true });
  });
addEventListener('hashchange', open);
void open();
`;

/** @param isFromElsewhere whether a page of another site leads to it */
export const frontPage = (isFromElsewhere: boolean): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tactus</title>
<link rel="icon" href="data:,">
<style>${FRONT_STYLE}</style>
</head>
<body${isFromElsewhere ? ' data-from="elsewhere"' : ''}>
<main>
<h1>Tactus</h1>
<p id="status" role="status">Looking who is logged in.</p>
<p id="hint" hidden>On a terminal, <code>npx tactus users link --admin</code> prints a link to log in by.</p>
<form id="second" hidden><label>Code, or a recovery code: <input name="code" autocomplete="one-time-code" minlength="6" maxlength="32" required></label> <button>Log in</button></form>
<p><button id="by" type="button" hidden>Log in by the link</button></p>
<p><button id="out" type="button" hidden>Log out</button></p>
<p><a href="/docs">Try the API</a> · <a href="/openapi.json">OpenAPI</a></p>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
<script>${FRONT_SCRIPT}</script>
</body>
</html>
`;
