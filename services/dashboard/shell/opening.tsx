import { useLayoutEffect, useState } from 'preact/hooks';
import { go } from '../address/address.js';
import { ApiProblem } from '../api/problem.js';
import { logInByLink, openShare, resume } from '../api/session.js';
import { Button } from '../parts/button.js';
import { Failure, Skeleton } from '../parts/states.js';
import { CodeField } from './code-field.js';
import { LinkEnded } from './link-ended.js';
import { LoginCard } from './login-card.js';
import { takeLoginCode } from './login-code.js';
import { keepShareToken, takeShareToken } from './share-token.js';

type Step =
  | { readonly is: 'asking' }
  /** A page of another site leads here: whoever follows might log in as somebody else without knowing. */
  | { readonly is: 'strange'; readonly link: string }
  | { readonly is: 'second'; readonly link: string; readonly error: string | null }
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'ended'; readonly why: string }
  | { readonly is: 'unreachable'; readonly error: unknown };

const REFUSED = 401;
const fromElsewhere = document.body.dataset.from === 'elsewhere';

/** Finds out who is logged in: by the link that led here, or from before. */
export function Opening() {
  const [step, setStep] = useState<Step>({ is: 'asking' });

  const attempt = async (work: () => Promise<void>, link: string | null = null, hasCode = false) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiProblem)) return setStep({ is: 'unreachable', error });
      if (link === null) return setStep({ is: 'refused', why: error.message });
      if (hasCode || error.code === 'TACTUS_SECOND_FACTOR_REQUIRED')
        return setStep({ is: 'second', link, error: hasCode ? error.message : null });
      setStep({ is: 'refused', why: error.message });
    }
  };
  const openDashboard = async (token: string) => {
    try {
      const { dashboardId } = await openShare(token);
      const path = `/dashboards/${encodeURIComponent(dashboardId)}`;
      keepShareToken(token, path);
      go(path + window.location.search, { replace: true });
    } catch (error) {
      if (error instanceof ApiProblem && error.status === REFUSED)
        setStep({ is: 'ended', why: error.message });
      else setStep({ is: 'unreachable', error });
    }
  };
  const open = () => {
    const share = takeShareToken();
    if (share !== null) return void openDashboard(share);
    const link = takeLoginCode();
    setStep({ is: 'asking' });
    if (link === null) void attempt(resume);
    else if (fromElsewhere) setStep({ is: 'strange', link });
    else void attempt(() => logInByLink(link), link);
  };
  // Everything else waits for the answer.
  useLayoutEffect(open, []);

  if (step.is === 'ended') return <LinkEnded why={step.why} onLogIn={open} />;
  if (step.is === 'asking')
    return (
      <main class="login">
        <div class="login-card">
          <Skeleton lines={3} />
        </div>
      </main>
    );
  return (
    <LoginCard>
      {step.is === 'unreachable' && <Failure error={step.error} onRetry={open} />}
      {step.is === 'refused' && (
        <>
          <p role="alert">Not logged in: {step.why}</p>
          <Button onClick={() => void attempt(resume)}>Log in another way</Button>
        </>
      )}
      {step.is === 'strange' && (
        <>
          <p>A page of another site leads here. Log in by its link only if it was made for you.</p>
          <Button kind="primary" onClick={() => void attempt(() => logInByLink(step.link), step.link)}>
            Log in by the link
          </Button>
        </>
      )}
      {step.is === 'second' && (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            const code = String(new FormData(event.currentTarget).get('code')).trim();
            void attempt(() => logInByLink(step.link, code), step.link, true);
          }}
        >
          <p>This user has a second factor.</p>
          <CodeField error={step.error} />
          <Button kind="primary" type="submit">
            Log in
          </Button>
        </form>
      )}
    </LoginCard>
  );
}
