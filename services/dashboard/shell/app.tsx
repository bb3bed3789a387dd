import { useEffect } from 'preact/hooks';
import { followTenant } from '../api/live.js';
import { reopen, session } from '../api/session.js';
import { Toasts } from '../parts/toasts.js';
import { followTime } from '../time/range.js';
import { Frame } from './frame.js';
import { LinkEnded } from './link-ended.js';
import { Login } from './login.js';
import { hasLoginCode } from './login-code.js';
import { Opening } from './opening.js';
import { hasShareToken } from './share-token.js';
import { SharedDashboard } from './shared-dashboard.js';

/** All of it: who is not logged in sees how to, everybody else the pages. */
export function App() {
  useEffect(followTime, []);
  useEffect(followTenant, []);
  useEffect(() => {
    // A link that is followed while the page is open already.
    const follow = () => (hasLoginCode() || hasShareToken()) && reopen();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const state = session.value;
  return (
    <>
      {state.is === 'unknown' && <Opening />}
      {state.is === 'out' && <Login why={state.why} />}
      {state.is === 'in' && <Frame />}
      {state.is === 'shared' && <SharedDashboard share={state.share} />}
      {state.is === 'ended' && <LinkEnded why={state.why} onLogIn={reopen} />}
      <Toasts />
    </>
  );
}
