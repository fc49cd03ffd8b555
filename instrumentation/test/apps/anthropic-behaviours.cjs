// What apps do with the Anthropic SDK. Each behaviour returns what the app saw; the request's model names the behaviour.
exports.anthropicBehaviours = (Anthropic, { baseUrl, flakyUrl, closedUrl }) => {
  const options = { apiKey: 'test', maxRetries: 0 };
  const client = new Anthropic({ ...options, baseURL: baseUrl });
  const flaky = new Anthropic({ ...options, baseURL: flakyUrl, maxRetries: 2 });
  const nobody = new Anthropic({ ...options, baseURL: closedUrl, maxRetries: 1 });
  const ask = (model, more) => ({ model, max_tokens: 100, messages: [{ role: 'user', content: `a question about ${model}` }], ...more });
  const forced = (answer) => ({ headers: { 'x-simulate': JSON.stringify(answer) } });
  const seen = ({ id, content, usage }) => ({ id, content, usage });
  const collect = async (stream, until = Infinity) => {
    const types = new Set();
    let events = 0;
    for await (const event of stream) {
      types.add(event.type);
      if (++events >= until) break;
    }
    return { types: [...types], events };
  };
  const cached = { system: [{ type: 'text', text: 'long '.repeat(100), cache_control: { type: 'ephemeral', ttl: '1h' } }] };
  const tool = { name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } };

  return {
    create: async (model) => seen(await client.messages.create(ask(model))),
    cached: async (model) => seen(await client.messages.create(ask(model, cached))),
    stream: async (model) => collect(await client.messages.create(ask(model, { stream: true }))),
    stream_helper: async (model) => seen(await client.messages.stream(ask(model)).finalMessage()),
    early_break: async (model) => collect(await client.messages.create(ask(model, { stream: true }), forced({ chunk_delay_ms: 40 })), 4),
    abort: async (model) => {
      const controller = new AbortController();
      const stream = await client.messages.create(ask(model, { stream: true }), {
        ...forced({ chunk_delay_ms: 40 }),
        signal: controller.signal,
      });
      let events = 0;
      for await (const _ of stream) if (++events === 4) controller.abort();
      return { events };
    },
    with_response: async (model) => {
      const { data, response } = await client.messages.create(ask(model)).withResponse();
      return { ...seen(data), status: response.status };
    },
    as_response: async (model) => seen(await (await client.messages.create(ask(model)).asResponse()).json()),
    beta: async (model) => seen(await client.beta.messages.create(ask(model))),
    tools: async (model) => (await client.messages.create(ask(model, { tools: [tool] }))).stop_reason,
    rate_limited: async (model) => client.messages.create(ask(model), forced({ status: 429 })),
    retried: async (model) => seen(await flaky.messages.create(ask(model))),
    connection_error: async (model) => nobody.messages.create(ask(model)),
  };
};
