import { go } from '../address/address.js';
import { Button } from '../parts/button.js';
import { State } from '../parts/states.js';
import { LoginCard } from './login-card.js';
import { forgetShareToken } from './share-token.js';

/** In the place of a dashboard whose link is no longer good. */
export function LinkEnded({ why, onLogIn }: { readonly why: string; readonly onLogIn: () => void }) {
  const logIn = () => {
    forgetShareToken();
    go('/');
    onLogIn();
  };
  return (
    <LoginCard>
      <State icon="link" title="This link shows nothing any more">
        <p role="alert">{why}</p>
      </State>
      <Button onClick={logIn}>Log in</Button>
    </LoginCard>
  );
}
