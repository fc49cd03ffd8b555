import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import { z } from 'zod';
import type { Answer, Endpoint, StreamEvent } from './answer.ts';
import { datedModel } from './dated-model.ts';
import { openaiError } from './openai-error.ts';
import { billOpenai, chatUsage } from './openai-usage.ts';
import { toPieces } from './plan.ts';
import type { Ask, Plan } from './plan.ts';

const schemaObject = z.record(z.string(), z.unknown());

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string() })),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  tools: z
    .array(z.looseObject({ function: z.looseObject({ name: z.string(), parameters: schemaObject.optional() }).optional() }))
    .nullish(),
  tool_choice: z.union([z.string(), z.looseObject({ function: z.looseObject({ name: z.string() }).optional() })]).nullish(),
  response_format: z.looseObject({ json_schema: z.looseObject({ schema: schemaObject.optional() }).optional() }).nullish(),
  service_tier: z.string().nullish(),
});
type Body = z.infer<typeof bodySchema>;

export const openaiChat: Endpoint = {
  path: '/v1/chat/completions',
  provider: 'openai',
  operation: 'chat',
  read(body) {
    const parsed = bodySchema.safeParse(body);
    return parsed.success ? { ask: readAsk(parsed.data), answer: (plan) => answer(parsed.data, plan) } : undefined;
  },
  error: openaiError,
};

function readAsk(body: Body): Ask {
  const choice = body.tool_choice;
  const named = typeof choice === 'object' ? choice?.function : undefined;
  return {
    model: body.model,
    stream: body.stream ?? false,
    tools: (body.tools ?? []).flatMap(({ function: tool }) => (tool ? [{ name: tool.name, schema: tool.parameters ?? {} }] : [])),
    toolChoice: choice === 'none' ? 'none' : named && { name: named.name },
    toolResultGiven: body.messages.some(({ role }) => role === 'tool'),
    schema: body.response_format?.json_schema?.schema,
    cache: 'automatic',
    thinks: false,
    webSearch: false,
  };
}

function answer(body: Body, plan: Plan): Answer {
  const { forced, tokens, toolCall, draw } = plan;
  const shared = {
    id: draw.id('chatcmpl-'),
    created: Math.floor(plan.createdMs / 1000),
    model: forced.model ?? datedModel(body.model),
    service_tier: openaiTier(forced.service_tier ?? body.service_tier),
    system_fingerprint: 'fp_simulated',
  };
  const callId = toolCall && draw.id('call_');
  const drawn = chatUsage(tokens);
  const usage = forced.usage === undefined ? drawn : (forced.usage as unknown as typeof drawn | null);
  const finishReason = toolCall ? 'tool_calls' : 'stop';
  const completion: ChatCompletion = {
    ...shared,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: toolCall ? null : plan.text,
          refusal: null,
          annotations: [],
          ...(toolCall &&
            callId && {
              tool_calls: [{ id: callId, type: 'function', function: { name: toolCall.name, arguments: toolCall.argumentsJson } }],
            }),
        },
        logprobs: null,
        finish_reason: finishReason,
      },
    ],
    ...(usage && { usage }),
  };

  const includeUsage = body.stream_options?.include_usage === true && usage !== null;
  const chunk = (choices: ChatCompletionChunk['choices'], carried?: ChatCompletionChunk['usage']): StreamEvent => ({
    data: {
      ...shared,
      object: 'chat.completion.chunk',
      choices,
      ...(includeUsage && { usage: carried ?? null }),
    } satisfies ChatCompletionChunk,
    carriesUsage: carried !== undefined,
  });
  const delta = (part: ChatCompletionChunk.Choice.Delta, finish: ChatCompletionChunk.Choice['finish_reason'] = null) =>
    chunk([{ index: 0, delta: part, logprobs: null, finish_reason: finish }]);
  const parts = toolCall
    ? [
        delta({
          role: 'assistant',
          content: null,
          tool_calls: [{ index: 0, id: callId ?? '', type: 'function', function: { name: toolCall.name, arguments: '' } }],
        }),
        ...toPieces(toolCall.argumentsJson).map((piece) => delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
      ]
    : [delta({ role: 'assistant', content: '', refusal: null }), ...toPieces(plan.text).map((content) => delta({ content }))];

  return {
    responseId: shared.id,
    model: shared.model,
    serviceTier: shared.service_tier,
    usage: billOpenai({ ...(usage ?? drawn) }),
    body: completion,
    bodyHasUsage: usage !== null,
    // With include_usage, one more chunk with empty choices carries the usage; all others say `usage: null`.
    events: [...parts, delta({}, finishReason), ...(includeUsage && usage ? [chunk([], usage)] : []), { data: '[DONE]' }],
  };
}

/** `auto` and no tier answer as `default`; a named tier is echoed. */
export function openaiTier(requested: string | null | undefined): 'default' | 'flex' | 'priority' {
  return requested === 'flex' || requested === 'priority' ? requested : 'default';
}
