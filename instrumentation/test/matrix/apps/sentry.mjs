// What an app with Sentry preloads. Nobody listens there.
import * as Sentry from '@sentry/node';

Sentry.init({ dsn: 'http://key@127.0.0.1:9/1', tracesSampleRate: Number(process.env.SENTRY_RATE) });
