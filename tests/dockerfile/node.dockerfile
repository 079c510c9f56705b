# A web service in two steps
ARG NODE=22
FROM node:${NODE}-bookworm AS deps
WORKDIR /app
ENV NODE_ENV=production \
    NPM_CONFIG_UPDATE_NOTIFIER=false
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev

FROM node:${NODE}-bookworm-slim
LABEL org.opencontainers.image.source="https://example.com/web" \
      org.opencontainers.image.licenses=Apache-2.0
RUN groupadd --system web && useradd --system --gid web web
COPY --from=deps --chown=web:web /app /app
USER web:web
EXPOSE 3000
HEALTHCHECK --interval=30s CMD node health.js
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node", "index.js"]
