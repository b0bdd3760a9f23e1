FROM node:24-slim AS build
WORKDIR /build
COPY . .
RUN npm ci --no-audit --no-fund && npm pack --silent
RUN npm install --prefix /app --omit=peer --no-audit --no-fund ./phota-mock-*.tgz && mkdir /app/data

FROM node:24-slim
ENV NODE_ENV=production PHOTA_MOCK_HOST=0.0.0.0
COPY --from=build /app /app
# For a volume, which begins with its owner: PHOTA_MOCK_DATA=/app/data
COPY --from=build --chown=node:node /app/data /app/data
USER node
EXPOSE 4010
HEALTHCHECK --interval=5s --timeout=4s \
  CMD ["/app/node_modules/.bin/phota-mock", "wait", "http://127.0.0.1:4010", "--timeout", "3s"]
ENTRYPOINT ["/app/node_modules/.bin/phota-mock"]
CMD ["serve"]
