import type { FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Asking } from '../access/asking.js';
import { Loaders, type LoadServices } from './loaders.js';

/** A field of the root that was answered: for whom, and what was asked for. */
export interface Root {
  readonly asking: Asking;
  readonly args: Readonly<Record<string, unknown>>;
  /** When it was answered: the same for all that lies below. */
  readonly now: Millis;
}

/** The context of resolvers: yoga makes it anew for an operation, so that what a request has of its own is one property. */
export interface ResolverContext {
  readonly own: GraphqlContext;
}

/** What resolvers of one request work with. */
export class GraphqlContext {
  /** By the key of the field in the answer. */
  readonly roots = new Map<string | number, Root>();
  readonly loaders: Loaders;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(
    readonly http: FastifyRequest,
    services: LoadServices,
    private readonly mostAtOnce: number,
    mostObjects: number,
  ) {
    this.loaders = new Loaders(services, http.gone, (work) => this.inTurn(work), mostObjects);
  }

  /** For whom the field of the root is that a field lies below. */
  root(info: GraphQLResolveInfo): Root {
    const found = this.roots.get(rootKey(info));
    if (found === undefined) throw new TactusError('TACTUS_INVARIANT', 'a field without one above it');
    return found;
  }

  /** Reads of one request wait for one another, so that it takes no more of what all share than a few requests would. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.mostAtOnce) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

export function rootKey({ path }: GraphQLResolveInfo): string | number {
  let at = path;
  while (at.prev !== undefined) at = at.prev;
  return at.key;
}
