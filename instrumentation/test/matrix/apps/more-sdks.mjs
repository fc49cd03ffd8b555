// One call, or a short run, of each SDK; prints what the app saw of each. The model names the SDK.
import { createOpenAI } from '@ai-sdk/openai';
import { GoogleGenAI } from '@google/genai';
import { ChatOpenAI } from '@langchain/openai';
import { Mistral } from '@mistralai/mistralai';
import { Agent, OpenAIChatCompletionsModel, run, setTraceProcessors, tool } from '@openai/agents';
import { createGateway, embed, generateText, isStepCount, stepCountIs, streamText, tool as aiTool } from 'ai';
import { CohereClientV2 } from 'cohere-ai';
import Groq from 'groq-sdk';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { InferenceClient } from '@huggingface/inference';
import Replicate from 'replicate';
import Together from 'together-ai';
import { VoyageAIClient } from 'voyageai';
import { z } from 'zod';

const simulator = process.env.BASE_URL;
const stub = process.env.STUB_URL;
const messages = [{ role: 'user', content: 'hello' }];
const collect = async (stream, text) => {
  let all = '';
  for await (const chunk of stream) all += text(chunk) ?? '';
  return all;
};
const openai = new OpenAI({ apiKey: 'test', baseURL: `${simulator}/v1` });
const gemini = new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: stub } });
const mistral = new Mistral({ apiKey: 'test', serverURL: stub });
const cohere = new CohereClientV2({ token: 'test', environment: stub, baseUrl: stub });
const ollama = new Ollama({ host: stub });
const groq = new Groq({ apiKey: 'test', baseURL: stub });
const together = new Together({ apiKey: 'test', baseURL: stub });
const voyage = new VoyageAIClient({ apiKey: 'test', environment: stub });
const huggingface = new InferenceClient('test', { endpointUrl: stub });
const replicate = new Replicate({ auth: 'test', baseUrl: `${stub}/v1` });
const langchain = (model, more) => new ChatOpenAI({ model, apiKey: 'test', configuration: { baseURL: `${simulator}/v1` }, ...more });
const aiSdk = createOpenAI({ apiKey: 'test', baseURL: `${simulator}/v1` });
const gateway = createGateway({ apiKey: 'test', baseURL: `${stub}/v3/ai` });
const stopWhen = (isStepCount ?? stepCountIs)(3);
// Tracing stays on, as it is by default; nothing is posted to OpenAI.
setTraceProcessors([]);

const uses = {
  gemini: async () => (await gemini.models.generateContent({ model: 'gemini', contents: 'hello' })).text,
  gemini_stream: async () =>
    collect(await gemini.models.generateContentStream({ model: 'gemini_stream', contents: 'hello' }), (chunk) => chunk.text),
  gemini_embed: async () => (await gemini.models.embedContent({ model: 'gemini_embed', contents: 'hello' })).embeddings.length,
  gemini_interaction: async () => (await gemini.interactions.create({ model: 'gemini_interaction', input: 'hello' })).status,
  mistral: async () => (await mistral.chat.complete({ model: 'mistral', messages })).choices[0].message.content,
  mistral_stream: async () =>
    collect(await mistral.chat.stream({ model: 'mistral_stream', messages }), (event) => event.data.choices[0]?.delta.content),
  mistral_ocr: async () => {
    const document = { type: 'document_url', documentUrl: 'https://example.com/a.pdf' };
    return (await mistral.ocr.process({ model: 'mistral_ocr', document })).pages.length;
  },
  cohere: async () => (await cohere.chat({ model: 'cohere', messages })).message.content[0].text,
  cohere_stream: async () =>
    collect(await cohere.chatStream({ model: 'cohere_stream', messages }), (event) => event.delta?.message?.content?.text),
  cohere_rerank: async () => (await cohere.rerank({ model: 'cohere_rerank', query: 'q', documents: ['a'] })).results.length,
  ollama: async () => (await ollama.chat({ model: 'ollama', messages })).message.content,
  ollama_stream: async () => collect(await ollama.chat({ model: 'ollama_stream', messages, stream: true }), (part) => part.message.content),
  groq: async () => (await groq.chat.completions.create({ model: 'groq', messages })).choices[0].message.content,
  together: async () => (await together.chat.completions.create({ model: 'together', messages })).choices[0].message.content,
  together_stream: async () =>
    collect(
      await together.chat.completions.create({ model: 'together_stream', messages, stream: true }),
      (chunk) => chunk.choices[0]?.delta.content,
    ),
  voyage: async () => (await voyage.embed({ model: 'voyage', input: ['hello'] })).usage.totalTokens,
  huggingface: async () => (await huggingface.chatCompletion({ model: 'huggingface', messages })).choices[0].message.content,
  replicate: async () => replicate.run('owner/replicate', { input: { prompt: 'hello' }, wait: { mode: 'poll', interval: 20 } }),
  langchain: async () => (await langchain('langchain').invoke('hello')).content,
  langchain_stream: async () => collect(await langchain('langchain_stream').stream('hello'), (chunk) => chunk.content),
  ai_sdk: async () => (await generateText({ model: aiSdk.chat('ai_sdk'), prompt: 'hello' })).text,
  ai_sdk_stream: async () => collect(streamText({ model: aiSdk.chat('ai_sdk_stream'), prompt: 'hello' }).textStream, (text) => text),
  ai_sdk_tools: async () => {
    const weather = aiTool({ description: 'd', inputSchema: z.object({ city: z.string() }), execute: () => 'sunny' });
    const telemetry = { functionId: 'forecast' };
    return (await generateText({ model: aiSdk('ai_sdk_tools'), prompt: 'hello', tools: { weather }, stopWhen, telemetry })).steps.length;
  },
  ai_sdk_embed: async () => (await embed({ model: aiSdk.embedding('ai_sdk_embed'), value: 'hello' })).embedding.length,
  ai_gateway: async () => (await generateText({ model: gateway('openai/ai_gateway'), prompt: 'hello' })).text,
  ai_gateway_stream: async () =>
    collect(streamText({ model: gateway('openai/ai_gateway_stream'), prompt: 'hello' }).textStream, (text) => text),
  agents: async () => {
    const weather = tool({ name: 'weather', description: 'd', parameters: z.object({ city: z.string() }), execute: () => 'sunny' });
    const agent = new Agent({ name: 'forecaster', tools: [weather], model: new OpenAIChatCompletionsModel(openai, 'agents') });
    return (await run(agent, 'hello')).finalOutput;
  },
};
const seen = {};
for (const [name, use] of Object.entries(uses)) {
  try {
    seen[name] = await use();
  } catch (error) {
    seen[name] = { error: error.constructor.name, message: String(error.message).slice(0, 300) };
  }
}
process.stdout.write(JSON.stringify(seen));
