const { OpenAIInstrumentation } = require('@traceloop/instrumentation-openai');
require('./sdk2.cjs').start([new OpenAIInstrumentation()]);
