const { OpenAIInstrumentation } = require('@arizeai/openinference-instrumentation-openai');
require('./sdk2.cjs').start([new OpenAIInstrumentation()]);
