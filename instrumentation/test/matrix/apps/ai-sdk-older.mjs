// AI SDK 5 and 6: one call, or a short run, of each kind; prints what the app saw of each. The model names the use.
import { createOpenAI } from '@ai-sdk/openai';
import { embed, generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

const aiSdk = createOpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
const weather = tool({ description: 'd', inputSchema: z.object({ city: z.string() }), execute: () => 'sunny' });
const traced = { experimental_telemetry: { isEnabled: true, functionId: 'forecast' } };
const seen = {
  ai_sdk: (await generateText({ model: aiSdk.chat('ai_sdk'), prompt: 'hello' })).text,
  ai_sdk_responses: (await generateText({ model: aiSdk('ai_sdk_responses'), prompt: 'hello' })).usage,
  ai_sdk_object: (await generateObject({ model: aiSdk('ai_sdk_object'), prompt: 'hello', schema: z.object({ city: z.string() }) })).object,
  ai_sdk_embed: (await embed({ model: aiSdk.embedding('ai_sdk_embed'), value: 'hello' })).embedding.length,
  // With the SDK's own telemetry on, its spans are completed instead of adding others.
  ai_sdk_traced: (await generateText({ model: aiSdk('ai_sdk_traced'), prompt: 'hello', ...traced })).text,
};
const tools = await generateText({ model: aiSdk('ai_sdk_tools'), prompt: 'hello', tools: { weather }, stopWhen: stepCountIs(3) });
seen.ai_sdk_tools = tools.steps.length;
for (const [model, more] of [
  ['ai_sdk_stream', {}],
  ['ai_sdk_stream_traced', traced],
]) {
  const stream = streamText({ model: aiSdk.chat(model), prompt: 'hello', ...more });
  let text = '';
  for await (const piece of stream.textStream) text += piece;
  seen[model] = { text, usage: await stream.usage };
}
process.stdout.write(JSON.stringify(seen));
