// Spans of other instrumentations around calls, with content on them.
import { SpanKind, trace } from '@opentelemetry/api';
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
const ask = () => client.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hello' }] });
const tracer = trace.getTracer('another');
const content = {
  'gen_ai.input.messages': 'secret',
  'gen_ai.output.messages': 'secret',
  'gen_ai.system_instructions': 'secret',
  'gen_ai.tool.call.arguments': 'secret',
  'gen_ai.prompt.0.content': 'secret',
  'input.value': 'secret',
  'llm.input_messages.0.message.content': 'secret',
  'llm.prompts': 'secret',
  'ai.prompt.messages': 'secret',
  'ai.response.text': 'secret',
  'ai.toolCall.args': 'secret',
  'traceloop.entity.input': 'secret',
  'genkit:output': 'secret',
  'gcp.vertex.agent.llm_request': 'secret',
};
const genAi = { kind: SpanKind.CLIENT, attributes: { 'gen_ai.operation.name': 'chat', ...content } };
await tracer.startActiveSpan('chat mine', genAi, async (span) => {
  await ask();
  span.addEvent('gen_ai.user.message', { content: 'secret' });
  span.end();
});
await tracer.startActiveSpan('openinference', { attributes: { 'openinference.span.kind': 'LLM', ...content } }, async (span) => {
  await ask();
  span.end();
});
