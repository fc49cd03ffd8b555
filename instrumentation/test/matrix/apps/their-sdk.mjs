// OpenTelemetry as an app sets it up by itself.
import { NodeSDK } from '@opentelemetry/sdk-node';

const undici = await import('@opentelemetry/instrumentation-undici').catch(() => undefined);
const sdk = new NodeSDK({ serviceName: 'their-service', instrumentations: undici ? [new undici.UndiciInstrumentation()] : [] });
sdk.start();
globalThis.stopTheirSdk = () => sdk.shutdown();
