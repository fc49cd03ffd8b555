// What apps do with the OpenAI SDK. Each behaviour returns what the app saw; the request's model names the behaviour.
exports.openaiBehaviours = (OpenAI, { baseUrl, flakyUrl, closedUrl }) => {
  const options = { apiKey: 'test', maxRetries: 0 };
  const client = new OpenAI({ ...options, baseURL: `${baseUrl}/v1` });
  const flaky = new OpenAI({ ...options, baseURL: `${flakyUrl}/v1`, maxRetries: 2 });
  const nobody = new OpenAI({ ...options, baseURL: `${closedUrl}/v1`, maxRetries: 1 });
  const ask = (model, more) => ({ model, messages: [{ role: 'user', content: `a question about ${model}` }], ...more });
  const forced = (answer) => ({ headers: { 'x-simulate': JSON.stringify(answer) } });
  const withUsage = { stream: true, stream_options: { include_usage: true } };
  const collect = async (stream, until = Infinity) => {
    let text = '';
    let usage;
    let chunks = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? '';
      usage ??= chunk.usage;
      if (++chunks >= until) break;
    }
    return { text, usage, chunks };
  };
  const seen = (completion) => ({ id: completion.id, text: completion.choices[0].message.content, usage: completion.usage });
  const tool = {
    type: 'function',
    function: {
      name: 'weather',
      parse: JSON.parse,
      function: () => 'sunny',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
    },
  };
  const format = {
    type: 'json_schema',
    json_schema: { name: 'city', strict: true, schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
  };

  return {
    create: async (model) => seen(await client.chat.completions.create(ask(model))),
    stream: async (model) => collect(await client.chat.completions.create(ask(model, { stream: true }))),
    stream_usage: async (model) => collect(await client.chat.completions.create(ask(model, withUsage))),
    early_break: async (model) => collect(await client.chat.completions.create(ask(model, withUsage), forced({ chunk_delay_ms: 40 })), 2),
    abort: async (model) => {
      const controller = new AbortController();
      const stream = await client.chat.completions.create(ask(model, withUsage), {
        ...forced({ chunk_delay_ms: 40 }),
        signal: controller.signal,
      });
      let chunks = 0;
      for await (const _ of stream) if (++chunks === 2) controller.abort();
      return { chunks };
    },
    abort_before_answer: async (model) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 1_000);
      return client.chat.completions.create(ask(model), { ...forced({ delay_ms: 5000 }), signal: controller.signal });
    },
    with_response: async (model) => {
      const { data, response } = await client.chat.completions.create(ask(model)).withResponse();
      return { ...seen(data), status: response.status, type: response.headers.get('content-type'), url: response.url };
    },
    with_response_stream: async (model) => {
      const { data, response } = await client.chat.completions.create(ask(model, withUsage)).withResponse();
      return { ...(await collect(data)), status: response.status };
    },
    as_response: async (model) => seen(await (await client.chat.completions.create(ask(model)).asResponse()).json()),
    parse: async (model) => {
      const completion = await client.chat.completions.parse(ask(model, { response_format: format }));
      return { ...seen(completion), parsed: completion.choices[0].message.parsed };
    },
    stream_helper: async (model) => seen(await client.chat.completions.stream(ask(model, withUsage)).finalChatCompletion()),
    tee: async (model) => {
      const [left, right] = (await client.chat.completions.create(ask(model, withUsage))).tee();
      return { left: await collect(left), right: await collect(right) };
    },
    run_tools: async (model) => client.chat.completions.runTools(ask(model, { tools: [tool] })).finalContent(),
    responses: async (model) => {
      const response = await client.responses.create({ model, input: 'a question' });
      return { id: response.id, text: response.output_text, usage: response.usage };
    },
    responses_stream: async (model) => {
      const types = new Set();
      for await (const event of await client.responses.create({ model, input: 'a question', stream: true })) types.add(event.type);
      return [...types];
    },
    responses_helper: async (model) => {
      const response = await client.responses.stream({ model, input: 'a question' }).finalResponse();
      return { id: response.id, usage: response.usage };
    },
    embeddings: async (model) => {
      const answer = await client.embeddings.create({ model, input: ['one', 'two'] });
      return { size: answer.data.length, first: answer.data[0].embedding.slice(0, 3), usage: answer.usage };
    },
    rate_limited: async (model) => client.chat.completions.create(ask(model), forced({ status: 429 })),
    retried: async (model) => seen(await flaky.chat.completions.create(ask(model))),
    broken_stream: async (model) =>
      collect(await client.chat.completions.create(ask(model, withUsage), forced({ abort_after_chunks: 3, chunk_delay_ms: 50 }))),
    connection_error: async (model) => nobody.chat.completions.create(ask(model)),
  };
};
