// SDKs from before fetch, a general HTTP client, and the AWS SDK over HTTP/2; prints what the app saw of each.
import Anthropic from '@anthropic-ai/sdk';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import axios from 'axios';
import OpenAI from 'openai';

const { BASE_URL, BEDROCK_URL } = process.env;
const openai = new OpenAI({ apiKey: 'test', baseURL: `${BASE_URL}/v1` });
const anthropic = new Anthropic({ apiKey: 'test', baseURL: BASE_URL });
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const bedrock = new BedrockRuntimeClient({ region: 'us-east-1', endpoint: BEDROCK_URL, credentials });
const messages = [{ role: 'user', content: 'hello' }];
const bedrockMessages = [{ role: 'user', content: [{ text: 'hello' }] }];
const streamed = { messages, stream: true, stream_options: { include_usage: true } };
const last = async (stream, pick) => {
  let found;
  for await (const event of stream) found = pick(event) ?? found;
  return found;
};

const seen = {
  openai: (await openai.chat.completions.create({ model: 'openai', messages })).usage,
  openai_stream: await last(await openai.chat.completions.create({ model: 'openai_stream', ...streamed }), (chunk) => chunk.usage),
  openai_embed: (await openai.embeddings.create({ model: 'openai_embed', input: 'x' })).usage,
  anthropic: (await anthropic.messages.create({ model: 'anthropic', max_tokens: 5, messages })).usage,
  anthropic_stream: await last(anthropic.messages.stream({ model: 'anthropic_stream', max_tokens: 5, messages }), (event) => event.usage),
  axios: (await axios.post(`${BASE_URL}/v1/chat/completions`, { model: 'axios', messages })).data.usage,
  bedrock: (await bedrock.send(new ConverseCommand({ modelId: 'bedrock', messages: bedrockMessages }))).usage,
  bedrock_stream: await last(
    (await bedrock.send(new ConverseStreamCommand({ modelId: 'bedrock_stream', messages: bedrockMessages }))).stream,
    (event) => event.metadata?.usage,
  ),
  bedrock_invoke: Buffer.from(
    (await bedrock.send(new InvokeModelCommand({ modelId: 'bedrock_invoke', body: '{"anthropic_version":"x","messages":[]}' }))).body,
  ).toString(),
  bedrock_invoke_stream: await last(
    (await bedrock.send(new InvokeModelWithResponseStreamCommand({ modelId: 'bedrock_invoke_stream', body: '{"messages":[]}' }))).body,
    (event) => Buffer.from(event.chunk.bytes).toString(),
  ),
};
bedrock.destroy();
process.stdout.write(JSON.stringify(seen));
