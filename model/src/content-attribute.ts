/**
 * Attributes that hold what people and models wrote: names from the OpenTelemetry conventions and from the dialects. The instrumentation
 * takes them off before anything is sent. The collector passes them over while decoding: nothing behind the decoder can read, keep or leak
 * them, and skipping is cheaper than copying.
 */
const CONTENT_KEYS: ReadonlySet<string> = new Set([
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.retrieval.documents',
  'gen_ai.retrieval.query.text',
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.request.messages',
  'gen_ai.response.text',
  'gen_ai.response.tool_calls',
  'gen_ai.request.available_tools',
  'input.value',
  'output.value',
  'langfuse.observation.input',
  'langfuse.observation.output',
  'langfuse.trace.input',
  'langfuse.trace.output',
  'traceloop.entity.input',
  'traceloop.entity.output',
  'ai.prompt',
  'ai.response.text',
  'ai.response.object',
  'ai.response.toolCalls',
  'ai.response.reasoning',
  'ai.response.files',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'ai.value',
  'ai.values',
  'ai.embedding',
  'ai.embeddings',
  'gen_ai.prompt_json',
  'gen_ai.completion_json',
  'gen_ai.entity.input',
  'gen_ai.entity.output',
  'gcp.vertex.agent.llm_request',
  'gcp.vertex.agent.llm_response',
  'gcp.vertex.agent.tool_call_args',
  'gcp.vertex.agent.tool_response',
  'gcp.vertex.agent.data',
  'llm.messages',
  'llm.input_messages',
  'llm.output_messages',
  'llm.prompts',
  'llm.completions',
  'llm.tools',
  'llm.input',
  'llm.output',
  'llm.prompt',
  'llm.completion',
  'agent.instructions',
  'agent.messages',
  'agent.messages.ui',
  'agent.context',
  'agent.state',
  'agent.step.text',
  'agent.step.tool_result',
  'agent.summary.text',
  'tool.search.query',
  'workflow.context',
  'workflow.state',
  'workflow.step.state',
  'agentops.entity.input',
  'agentops.entity.output',
  'genkit:input',
  'genkit:output',
  'mastra.metadata.body',
  'mlflow.spanInputs',
  'mlflow.spanOutputs',
  'mlflow.chat.messages',
  'mlflow.chat.tools',
  'braintrust.input',
  'braintrust.input_json',
  'braintrust.output',
  'braintrust.output_json',
  'braintrust.expected',
  'lmnr.span.input',
  'lmnr.span.output',
  'llm.prompt_template.template',
  'llm.prompt_template.variables',
  'embedding.text',
  'embedding.vector',
  'document.content',
  'retrieval.documents',
  'retrieval.query',
  'reranker.query',
  'reranker.input_documents',
  'reranker.output_documents',
  'tool.parameters',
  'gen_ai.tool.input',
  'gen_ai.tool.output',
  'mcp.tool.input',
  'all_messages',
  'all_messages_events',
  'arguments',
  'events',
  'final_result',
  'input',
  'inputs',
  'output',
  'outputs',
  'request_text',
  'response_text',
  'function_args',
  'body',
  'user_prompt',
  'prompt',
  'pydantic_ai.all_messages',
  'response',
  'system_instructions',
  'tool_arguments',
  'tool_input',
  'tool_parameters',
  'tool_response',
  'exception.message',
  'exception.stacktrace',
  'request_data',
  'response_data',
  'spring.ai.tool.call.arguments',
  'spring.ai.tool.call.result',
  'db.vector.query.content',
  'db.vector.query.response.documents',
  'mcp.request.argument',
  'mcp.response.value',
]);

const CONTENT_PREFIXES: readonly string[] = [
  'ai.prompt.',
  'gen_ai.content.',
  'llm.input_messages.',
  'llm.output_messages.',
  'llm.prompts.',
  'llm.completions.',
  'llm.tools.',
  'llm.function_call',
  'embedding.embeddings.',
  'retrieval.documents.',
  'reranker.input_documents.',
  'reranker.output_documents.',
  'gen_ai.prompt.variable.',
  'spring.ai.chat.client.user.',
  'spring.ai.chat.client.system.',
];

/** Traceloop numbers messages: `gen_ai.prompt.0.content`. `gen_ai.prompt.name` is no content. */
const NUMBERED_MESSAGE = /^(?:gen_ai|llm)\.(?:prompts?|completions?)\.\d/;
/** Mastra: `mastra.agent_run.input`. */
const INPUT_OR_OUTPUT = /^mastra\.\w+\.(?:input|output)$/;

/** Haystack: `haystack.agent.step.llm.input`, `haystack.pipeline.output_data`. */
const OF_HAYSTACK = /^haystack\.[\w.]*\.(?:(?:input|output)(?:_data)?|tools)$/;

/** CrewAI's roles and tasks, as Traceloop tells them: `crewai.agent.backstory`, `crewai.crew.tasks_output`. */
const OF_CREWAI =
  /^crewai\.(?:crew|agent|task)\.(?:\w*output|outputs|tasks|agents|tools|result|inputs?|goal|backstory|description|context|\w*template)$/;

/** OpenLIT's, of agents, tasks and searches: `gen_ai.agent.final_result`, `gen_ai.memory.search.query`, `gen_ai.task.description`. */
const OF_OPENLIT =
  /^gen_ai\.(?:(?:agent|task|tool|memory|knowledge|vectordb|framework|execution|message|extraction|retrieval|response\.audio|request\.speech)\.(?:[a-z]+\.)*(?:content|query|text|prompt|\w*goal|context|instructions?|\w*_output|final_result|human_input|step_messages|tool_results?|tool_input|input|output|\w+put_data|input_kwargs|result)|(?:browser\.)?task\.description|agent\.task|evaluation\.explanation)$/;

/** LiteLLM repeats the provider's request and answer, field by field: `llm.anthropic.messages`, `llm.openai.choices`. */
const OF_REQUEST_OR_ANSWER =
  /^llm\.(?!token_count\.|usage\.|cost\.|request\.|response\.)\w+\.(?:messages|contents?|choices|candidates|output|output_text|input|instructions|system\w*|prompt|texts?|tools|completions?|message|documents|query|data|reasoning_content)$/;

const MOST_VERDICTS = 4096;
const verdicts = new Map<string, boolean>();

export function isContentAttribute(key: string): boolean {
  const known = verdicts.get(key);
  if (known !== undefined) return known;
  const verdict =
    CONTENT_KEYS.has(key) ||
    CONTENT_PREFIXES.some((prefix) => key.startsWith(prefix)) ||
    NUMBERED_MESSAGE.test(key) ||
    INPUT_OR_OUTPUT.test(key) ||
    OF_HAYSTACK.test(key) ||
    OF_CREWAI.test(key) ||
    OF_OPENLIT.test(key) ||
    OF_REQUEST_OR_ANSWER.test(key);
  if (verdicts.size >= MOST_VERDICTS) verdicts.clear();
  verdicts.set(key, verdict);
  return verdict;
}
