# One image for every part: `docker run … up | collector | query-api | alerts`. TypeScript runs unbuilt, so nothing is compiled here.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY . .
RUN npm ci --omit=dev --ignore-scripts

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production TOKENLEDGER_DATA_DIR=/data
RUN install -d -o node -g node -m 0700 /data
COPY --from=dependencies /app /app
# Users have their own working directory: a tokenledger.yaml mounted here is read.
WORKDIR /data
USER node
VOLUME /data
EXPOSE 4317 4318 4320 16686
ENTRYPOINT ["/app/cli/src/main.ts"]
CMD ["up"]
