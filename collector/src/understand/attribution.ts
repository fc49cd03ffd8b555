import { TOKENLEDGER_ATTRIBUTES } from '@tokenledger/model';
import type { Dialect } from './dialect.ts';

/**
 * Who caused a call, under every name in use: ours, OpenTelemetry's, then the vendors'. Any dialect may carry any of them, since
 * people set them by hand or by baggage.
 */
export const ATTRIBUTION_FACTS: Dialect['facts'] = {
  team: [TOKENLEDGER_ATTRIBUTES.team],
  feature: [
    TOKENLEDGER_ATTRIBUTES.feature,
    'ai.telemetry.functionId',
    'traceloop.workflow.name',
    'gen_ai.workflow.name',
    'langfuse.trace.name',
  ],
  customer: [TOKENLEDGER_ATTRIBUTES.customer],
  run: [TOKENLEDGER_ATTRIBUTES.run],
  user: [
    TOKENLEDGER_ATTRIBUTES.user,
    'enduser.id',
    'langfuse.user.id',
    'gen_ai.user.id',
    'ai.telemetry.metadata.userId',
    'ai.settings.context.userId',
    'traceloop.association.properties.user_id',
    'lmnr.association.properties.user_id',
    'gen_ai.request.user',
  ],
  session: [
    TOKENLEDGER_ATTRIBUTES.session,
    'gen_ai.conversation.id',
    'langfuse.session.id',
    'ai.telemetry.metadata.sessionId',
    'ai.settings.context.sessionId',
    'traceloop.association.properties.session_id',
    'lmnr.association.properties.session_id',
    'gen_ai.agent.session_id',
  ],
  agent: ['gen_ai.agent.name', 'agent.name'],
  environment: [TOKENLEDGER_ATTRIBUTES.environment, 'deployment.environment', 'langfuse.environment', 'gen_ai.environment'],
  gateway: [TOKENLEDGER_ATTRIBUTES.gateway],
  estimated: [TOKENLEDGER_ATTRIBUTES.usageEstimated],
  promptFingerprint: [TOKENLEDGER_ATTRIBUTES.promptFingerprint],
  promptTemplateFingerprint: [TOKENLEDGER_ATTRIBUTES.promptTemplateFingerprint],
  errorType: ['error.type', 'exception.type'],
  serverAddress: ['server.address', 'gen_ai.openai.api_base'],
  region: ['cloud.region', 'aws.region', 'gcp.location'],
};

/** Keys after which a free tag's name follows. */
export const TAG_PREFIXES: readonly string[] = [
  TOKENLEDGER_ATTRIBUTES.tagPrefix,
  'ai.telemetry.metadata.',
  'traceloop.association.properties.',
  'langfuse.trace.metadata.',
];
