import { expect, test } from 'vitest';
import { providerOfHost, regionOfUrl } from '../src/hosts.ts';

test.each([
  ['eu.api.openai.com', 'openai'],
  ['acme.openai.azure.com', 'azure.ai.openai'],
  ['us-east-1.api.x.ai', 'x_ai'],
  ['api.z.ai', 'zai'],
  ['dashscope-intl.aliyuncs.com', 'alibaba'],
  ['api.novita.ai', 'novita'],
  ['oai.endpoints.kepler.ai.cloud.ovh.net', 'ovhcloud'],
  ['dbc-1.cloud.databricks.com', 'databricks'],
  ['bedrock-runtime.us-gov-west-1.amazonaws.com', 'aws.bedrock'],
  ['us-east5-aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['notapi.z.ai.example', undefined],
  ['myapi.openai.com.example', undefined],
])('who sends the bill at %s: %s', (host, provider) => expect(providerOfHost(host)).toBe(provider));

test.each([
  ['https://eu.api.openai.com/v1/responses', 'eu'],
  ['https://gb.api.openai.com/v1/responses', 'uk'],
  ['https://api.openai.com/v1/responses', undefined],
  ['https://bedrock-runtime.us-west-2.amazonaws.com/model/m/converse', 'us-west-2'],
  ['https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/google/models/m:generateContent', 'us-east5'],
  ['https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/m:generateContent', undefined],
])('%s is in %s', (url, region) => expect(regionOfUrl(new URL(url))).toBe(region));
