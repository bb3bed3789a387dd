# One image for all workers and commands: docker build -t tactus .
# The version is that of the Node that the project brings; a test compares them.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY tsconfig.json ./
COPY schemas ./schemas
COPY topics ./topics
COPY shared ./shared
COPY services ./services
RUN npm run --silent build && rm dist/.tsbuildinfo*
# What runs here has the image's Node, not the one among the packages. `npm sbom --omit=dev` leaves out a package that one
# for development needs too, so there are none any more when it is asked.
RUN npm prune --omit=dev --no-audit --no-fund --ignore-scripts && rm -rf node_modules/node-linux-* node_modules/.bin
RUN npm pkg delete devDependencies && npm sbom --sbom-format=cyclonedx > sbom.cdx.json

FROM node:${NODE_VERSION}-slim
ENV NODE_ENV=production \
    METRICS_HOST=0.0.0.0 \
    HTTP_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/schemas ./schemas
COPY --from=build /app/topics ./topics
COPY --from=build /app/services/alerting/rules/rules.yaml ./services/alerting/rules/rules.yaml
COPY --from=build /app/services/cli/examples ./services/cli/examples
COPY --from=build /app/dist ./dist
# A volume that is new takes over whose the folder is that it is mounted on: secrets and Parquet files.
RUN mkdir -p /run/tactus /var/lib/tactus && chown 1000:1000 /run/tactus /var/lib/tactus
# Last of what changes: `docker build --build-arg TACTUS_BUILD_COMMIT=$(git rev-parse HEAD) .`
ARG TACTUS_BUILD_COMMIT=""
ENV TACTUS_BUILD_COMMIT=${TACTUS_BUILD_COMMIT}
USER 1000:1000
EXPOSE 8080 8090 9464
ENTRYPOINT ["node", "/app/dist/services/cli/tactus.js"]
CMD ["--help"]
