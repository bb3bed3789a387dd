import { secret } from './security.js';

const own = secret(
  'secret',
  'TACTUS_KEYS_SECRET',
  'Secret of this installation, at least 32 characters, under which API keys are hashed and their records signed: the same for the gateway and for `tactus keys`. With another one every key must be made anew',
);

export const keys = {
  ...own,
  secretFile: {
    ...own.secretFile,
    doc: 'File that holds it, in place of TACTUS_KEYS_SECRET; read at the start',
  },
};
