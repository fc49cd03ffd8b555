import type {
  Response,
  ResponseFunctionToolCall,
  ResponseFunctionWebSearch,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { z } from 'zod';
import type { Answer, Endpoint, StreamEvent } from './answer.ts';
import { datedModel } from './dated-model.ts';
import { openaiTier } from './openai-chat.ts';
import { openaiError } from './openai-error.ts';
import { billOpenai, responseUsage } from './openai-usage.ts';
import { toPieces } from './plan.ts';
import type { Ask, Plan } from './plan.ts';

const schemaObject = z.record(z.string(), z.unknown());

const bodySchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.looseObject({ type: z.string().optional() }))]).optional(),
  stream: z.boolean().nullish(),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional(), parameters: schemaObject.nullish() })).optional(),
  tool_choice: z.union([z.string(), z.looseObject({ name: z.string().optional() })]).nullish(),
  text: z.looseObject({ format: z.looseObject({ schema: schemaObject.optional() }).optional() }).nullish(),
  service_tier: z.string().nullish(),
});
type Body = z.infer<typeof bodySchema>;

export const openaiResponses: Endpoint = {
  path: '/v1/responses',
  provider: 'openai',
  operation: 'responses',
  read(body) {
    const parsed = bodySchema.safeParse(body);
    return parsed.success ? { ask: readAsk(parsed.data), answer: (plan) => answer(parsed.data, plan) } : undefined;
  },
  error: openaiError,
};

function readAsk(body: Body): Ask {
  const tools = body.tools ?? [];
  const choice = body.tool_choice;
  const named = typeof choice === 'object' ? choice?.name : undefined;
  return {
    model: body.model,
    stream: body.stream ?? false,
    tools: tools.flatMap(({ type, name, parameters }) => (type === 'function' && name ? [{ name, schema: parameters ?? {} }] : [])),
    toolChoice: choice === 'none' ? 'none' : named === undefined ? undefined : { name: named },
    toolResultGiven: Array.isArray(body.input) && body.input.some(({ type }) => type === 'function_call_output'),
    schema: body.text?.format?.schema,
    cache: 'automatic',
    thinks: false,
    webSearch: tools.some(({ type }) => type.startsWith('web_search')),
  };
}

/** `output_text` is added by the SDK; the wire does not have it. */
type WireResponse = Omit<Response, 'output_text' | 'output'> & { readonly output: OutputItem[] };
type OutputItem = ResponseReasoningItem | ResponseFunctionWebSearch | ResponseFunctionToolCall | ResponseOutputMessage;

function answer(body: Body, plan: Plan): Answer {
  const { forced, draw } = plan;
  const drawn = responseUsage(plan.tokens);
  const usage = forced.usage === undefined ? drawn : (forced.usage as unknown as typeof drawn | null);
  const output = outputItems(plan);
  const created = Math.floor(plan.createdMs / 1000);
  const response: WireResponse = {
    id: draw.id('resp_'),
    object: 'response',
    created_at: created,
    completed_at: created,
    status: 'completed',
    access_programs: null,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: forced.model ?? datedModel(body.model),
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    service_tier: openaiTier(forced.service_tier ?? body.service_tier),
    temperature: 1,
    text: (body.text ?? { format: { type: 'text' } }) as Response['text'] & object,
    tool_choice: (body.tool_choice ?? 'auto') as Response['tool_choice'],
    tools: (body.tools ?? []) as unknown as Response['tools'],
    top_p: 1,
    ...(usage && { usage }),
  };
  return {
    responseId: response.id,
    model: response.model,
    serviceTier: openaiTier(response.service_tier),
    usage: billOpenai({ ...(usage ?? drawn) }, plan.webSearches),
    body: response,
    bodyHasUsage: usage !== null,
    events: streamEvents(response, usage !== null),
  };
}

function outputItems(plan: Plan): OutputItem[] {
  const { draw, toolCall } = plan;
  const searches = Array.from({ length: plan.webSearches }, (): OutputItem => ({
    id: draw.id('ws_'),
    type: 'web_search_call',
    status: 'completed',
    action: { type: 'search', query: 'price per token', queries: ['price per token'] },
  }));
  const reasoning: OutputItem[] = plan.tokens.reasoning > 0 ? [{ id: draw.id('rs_'), type: 'reasoning', summary: [] }] : [];
  const last: ResponseFunctionToolCall | ResponseOutputMessage = toolCall
    ? {
        id: draw.id('fc_'),
        type: 'function_call',
        status: 'completed',
        call_id: draw.id('call_'),
        name: toolCall.name,
        arguments: toolCall.argumentsJson,
      }
    : {
        id: draw.id('msg_'),
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: plan.text, annotations: [], logprobs: [] }],
      };
  return [...reasoning, ...searches, last];
}

type WithoutNumber<Event> = Event extends unknown ? Omit<Event, 'sequence_number' | 'response'> : never;
type StreamPart = WithoutNumber<ResponseStreamEvent> & { readonly response?: Partial<WireResponse> };

function streamEvents(response: WireResponse, carriesUsage: boolean): StreamEvent[] {
  const { usage: _usage, completed_at: _completedAt, ...rest } = response;
  const started: Partial<WireResponse> = { ...rest, status: 'in_progress', output: [] };
  const parts: StreamPart[] = [
    { type: 'response.created', response: started },
    { type: 'response.in_progress', response: started },
    ...response.output.flatMap(itemEvents),
    { type: 'response.completed', response },
  ];
  return parts.map((part, index) => ({
    event: part.type,
    data: { ...part, sequence_number: index },
    carriesUsage: carriesUsage && part.type === 'response.completed',
  }));
}

function itemEvents(item: OutputItem, index: number): StreamPart[] {
  const at = { item_id: item.id ?? '', output_index: index };
  const done: StreamPart = { type: 'response.output_item.done', output_index: index, item };
  switch (item.type) {
    case 'message': {
      const content = item.content[0];
      const text = content?.type === 'output_text' ? content.text : '';
      const inContent = { ...at, content_index: 0 };
      const part = (shown: string) => ({ type: 'output_text' as const, text: shown, annotations: [], logprobs: [] });
      return [
        { type: 'response.output_item.added', output_index: index, item: { ...item, status: 'in_progress', content: [] } },
        { type: 'response.content_part.added', ...inContent, part: part('') },
        ...toPieces(text).map((delta): StreamPart => ({ type: 'response.output_text.delta', ...inContent, delta, logprobs: [] })),
        { type: 'response.output_text.done', ...inContent, text, logprobs: [] },
        { type: 'response.content_part.done', ...inContent, part: part(text) },
        done,
      ];
    }
    case 'function_call':
      return [
        { type: 'response.output_item.added', output_index: index, item: { ...item, status: 'in_progress', arguments: '' } },
        ...toPieces(item.arguments).map((delta): StreamPart => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
        { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments },
        done,
      ];
    case 'reasoning':
    case 'web_search_call':
      return [{ type: 'response.output_item.added', output_index: index, item }, done];
  }
}
