import { optionalUrl, text } from './formats.js';
import { secret } from './security.js';

/** Logins by an identity provider (OpenID Connect). */
export const oidc = {
  issuer: {
    doc: 'Issuer of the identity provider that people may log in by, such as https://id.example.com; http only on this machine; empty for none',
    format: optionalUrl('https', 'http'),
    default: '',
    env: 'TACTUS_OIDC_ISSUER',
  },
  clientId: {
    doc: 'Client that the provider knows the API as',
    format: text(256),
    default: '',
    env: 'TACTUS_OIDC_CLIENT_ID',
  },
  ...secret('clientSecret', 'TACTUS_OIDC_CLIENT_SECRET', 'Secret of that client; none for a public one'),
  redirectUrl: {
    doc: 'Where the provider sends people back to: the address of the API as browsers know it, and /api/v1/auth/oidc/callback; it must be registered there',
    format: optionalUrl('https', 'http'),
    default: '',
    env: 'TACTUS_OIDC_REDIRECT_URL',
  },
  scope: {
    doc: 'Scopes that are asked for',
    format: text(512),
    default: 'openid profile email',
    env: 'TACTUS_OIDC_SCOPE',
  },
  nameClaim: {
    doc: 'Claim that has the name of a new user',
    format: text(128),
    default: 'preferred_username',
    env: 'TACTUS_OIDC_NAME_CLAIM',
  },
  rolesClaim: {
    doc: 'Claim that has the roles of a user, as a list of TENANT:ROLE; they take the place of those there are at each login. Without it they stay',
    format: text(128),
    default: 'tactus-roles',
    env: 'TACTUS_OIDC_ROLES_CLAIM',
  },
  defaultRoles: {
    doc: 'Roles of a new user without that claim, as TENANT:ROLE separated by commas; empty lets none in',
    format: text(),
    default: '',
    env: 'TACTUS_OIDC_DEFAULT_ROLES',
  },
};
