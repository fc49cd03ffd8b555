import type {
  Message,
  RawMessageStreamEvent,
  ServerToolUseBlock,
  TextBlock,
  ThinkingBlock,
  ToolUseBlock,
  Usage as MessageUsage,
  WebSearchToolResultBlock,
} from '@anthropic-ai/sdk/resources/messages';
import { z } from 'zod';
import { anthropicError } from './anthropic-error.ts';
import { billAnthropic, messageUsage } from './anthropic-usage.ts';
import type { Answer, Endpoint, StreamEvent } from './answer.ts';
import { datedModel } from './dated-model.ts';
import { toPieces } from './plan.ts';
import type { Ask, Plan } from './plan.ts';

const schemaObject = z.record(z.string(), z.unknown());

const bodySchema = z.looseObject({
  model: z.string(),
  max_tokens: z.number(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]) })),
  stream: z.boolean().optional(),
  tools: z
    .array(z.looseObject({ type: z.string().nullish(), name: z.string().optional(), input_schema: schemaObject.optional() }))
    .optional(),
  tool_choice: z.looseObject({ type: z.string(), name: z.string().optional() }).optional(),
  thinking: z.looseObject({ type: z.string() }).optional(),
  output_config: z.looseObject({ format: z.looseObject({ schema: schemaObject.optional() }).nullish() }).nullish(),
  output_format: z.looseObject({ schema: schemaObject.optional() }).nullish(),
  speed: z.enum(['standard', 'fast']).nullish(),
});
type Body = z.infer<typeof bodySchema>;

export const anthropicMessages: Endpoint = {
  path: '/v1/messages',
  provider: 'anthropic',
  operation: 'messages',
  read(body) {
    const parsed = bodySchema.safeParse(body);
    return parsed.success ? { ask: readAsk(parsed.data), answer: (plan) => answer(parsed.data, plan) } : undefined;
  },
  error: anthropicError,
};

function readAsk(body: Body): Ask {
  const tools = body.tools ?? [];
  const choice = body.tool_choice;
  const blocks = body.messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  return {
    model: body.model,
    stream: body.stream ?? false,
    tools: tools.flatMap(({ name, input_schema: schema }) => (name && schema ? [{ name, schema }] : [])),
    toolChoice: choice?.type === 'none' ? 'none' : choice?.name === undefined ? undefined : { name: choice.name },
    toolResultGiven: blocks.some(({ type }) => type === 'tool_result'),
    schema: body.output_config?.format?.schema ?? body.output_format?.schema,
    cache: requestedCache(body),
    thinks: body.thinking !== undefined && body.thinking.type !== 'disabled',
    webSearch: tools.some(({ type }) => type?.startsWith('web_search') ?? false),
  };
}

/** `cache_control` may stand on any block of the request; the longest time to live decides. */
function requestedCache(body: Body): Ask['cache'] {
  let found: Ask['cache'] = 'none';
  JSON.stringify(body, (key, value: unknown) => {
    if (key === 'cache_control' && typeof value === 'object' && value !== null) {
      found = found === '1h' || ('ttl' in value && value.ttl === '1h') ? '1h' : '5m';
    }
    return value;
  });
  return found;
}

function answer(body: Body, plan: Plan): Answer {
  const { forced, draw } = plan;
  const drawn = messageUsage(plan, { cache: requestedCache(body), speed: body.speed ?? null });
  const usage = forced.usage === undefined ? drawn : (forced.usage as unknown as MessageUsage | null);
  const message = {
    id: draw.id('msg_01'),
    type: 'message',
    role: 'assistant',
    model: forced.model ?? datedModel(body.model),
    content: contentBlocks(plan),
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: plan.toolCall ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    ...(usage && { usage }),
  } satisfies WireMessage;
  return {
    responseId: message.id,
    model: message.model,
    serviceTier: usage?.service_tier ?? undefined,
    usage: billAnthropic({ ...(usage ?? drawn) }),
    body: message,
    bodyHasUsage: usage !== null,
    events: streamEvents(message, usage),
  };
}

type Block = TextBlock | ThinkingBlock | ToolUseBlock | ServerToolUseBlock | WebSearchToolResultBlock;
/** A gateway may withhold the usage; the provider never does. */
type WireMessage = Omit<Message, 'usage' | 'content'> & { readonly content: Block[]; readonly usage?: MessageUsage };

function contentBlocks(plan: Plan): Block[] {
  const { draw, toolCall } = plan;
  const thinking: ThinkingBlock[] =
    plan.tokens.reasoning > 0 ? [{ type: 'thinking', thinking: 'Count first, then answer.', signature: draw.id('sig_') }] : [];
  const searches = Array.from({ length: plan.webSearches }, (): Block[] => {
    const id = draw.id('srvtoolu_');
    const caller = { type: 'direct' as const };
    return [
      { type: 'server_tool_use', id, caller, name: 'web_search', input: { query: 'price per token' } },
      { type: 'web_search_tool_result', tool_use_id: id, caller, content: [] },
    ];
  }).flat();
  const last: TextBlock | ToolUseBlock = toolCall
    ? {
        type: 'tool_use',
        id: draw.id('toolu_'),
        caller: { type: 'direct' },
        name: toolCall.name,
        input: JSON.parse(toolCall.argumentsJson) as unknown,
      }
    : { type: 'text', text: plan.text, citations: null };
  return [...thinking, ...searches, last];
}

function streamEvents(message: WireMessage, usage: MessageUsage | null): StreamEvent[] {
  const opening = usage && { usage: { ...usage, output_tokens: 1, output_tokens_details: null } };
  const events: RawMessageStreamEvent[] = [
    // message_start has the input counts and one output token; message_delta replaces the counts at the end.
    { type: 'message_start', message: { ...message, content: [], stop_reason: null, ...opening } as Message },
    ...message.content.flatMap(blockEvents),
    {
      type: 'message_delta',
      delta: { stop_reason: message.stop_reason, stop_sequence: null, stop_details: null, container: null },
      ...(usage && { usage: closingUsage(usage) }),
    } as RawMessageStreamEvent,
    { type: 'message_stop' },
  ];
  return events.map((data) => ({ event: data.type, data, carriesUsage: usage !== null && data.type === 'message_delta' }));
}

function closingUsage(usage: MessageUsage) {
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens, output_tokens_details, server_tool_use } =
    usage;
  return { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens, output_tokens_details, server_tool_use };
}

function blockEvents(block: Block, index: number): RawMessageStreamEvent[] {
  const stop: RawMessageStreamEvent = { type: 'content_block_stop', index };
  const start = (empty: Block): RawMessageStreamEvent => ({ type: 'content_block_start', index, content_block: empty });
  switch (block.type) {
    case 'text':
      return [
        start({ ...block, text: '' }),
        ...toPieces(block.text).map((text): RawMessageStreamEvent => ({
          type: 'content_block_delta',
          index,
          delta: { type: 'text_delta', text },
        })),
        stop,
      ];
    case 'thinking':
      return [
        start({ ...block, thinking: '', signature: '' }),
        { type: 'content_block_delta', index, delta: { type: 'thinking_delta', thinking: block.thinking } },
        { type: 'content_block_delta', index, delta: { type: 'signature_delta', signature: block.signature } },
        stop,
      ];
    case 'tool_use':
    case 'server_tool_use':
      return [
        start({ ...block, input: {} }),
        ...toPieces(JSON.stringify(block.input)).map((piece): RawMessageStreamEvent => ({
          type: 'content_block_delta',
          index,
          delta: { type: 'input_json_delta', partial_json: piece },
        })),
        stop,
      ];
    case 'web_search_tool_result':
      return [start(block), stop];
  }
}
