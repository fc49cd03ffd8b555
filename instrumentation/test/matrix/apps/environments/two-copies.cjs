// Two versions of the package in one process, as when a library brings its own.
require('@tokenledger/instrumentation/register');
require('./other/register');
const { withAttribution } = require('./other');
const OpenAI = require('openai');

const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
const ask = (model) => client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] });
void withAttribution({ team: 'red' }, () => ask('copies')).then(({ id }) => console.log(id.startsWith('chatcmpl-')));
