import { graphqlRoute } from './graphql/graphql-route.js';
import type { GraphqlServices } from './graphql/services.js';
import type { Routes } from './http/app.js';
import { addRoutes } from './routes/routes.js';

/** The routes, and GraphQL, which is made of them. */
export function allRoutes(services: GraphqlServices): {
  readonly routes: readonly Routes[];
  readonly rootRoutes: readonly Routes[];
} {
  const { routes, rootRoutes } = addRoutes(services);
  return { routes, rootRoutes: [...rootRoutes, graphqlRoute(services, routes)] };
}
