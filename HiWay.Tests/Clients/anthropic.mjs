// Drives HiWay with Anthropic's own client, as its users would: node anthropic.mjs <scenario>. Prints what the client understood as JSON.
// HIWAY_URL (without /v1), HIWAY_KEY and HIWAY_MODEL come from the test.
import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { z } from 'zod';

const { HIWAY_URL: url, HIWAY_KEY: apiKey, HIWAY_MODEL: model } = process.env;
const client = new Anthropic({ apiKey, baseURL: url, maxRetries: 0, timeout: 20_000 });
const messages = [{ role: 'user', content: 'What is the weather in Paris and in Rome?' }];
const tools = [{ name: 'weather', description: 'Weather of a city', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }];
const ask = { model, max_tokens: 1000, messages };
const textOf = (message) => message.content.filter((block) => block.type === 'text').map((block) => block.text).join('');
const callsOf = (message) => message.content.filter((block) => block.type === 'tool_use').map(({ id, name, input }) => ({ id, name, input }));

const scenarios = {
  async message() {
    const { data, response } = await client.messages.create(ask).withResponse();
    return {
      text: textOf(data), stop: data.stop_reason, usage: data.usage, hiway: data._hiway, requestId: data._request_id,
      routedModel: response.headers.get('x-hiway-routed-model'),
    };
  },

  // The helper puts the pieces together and throws when their order is not Anthropic's.
  async stream() {
    const pieces = [];
    let hiway = null;
    const stream = client.messages.stream(ask).on('text', (piece) => pieces.push(piece));
    stream.on('streamEvent', (event) => { hiway = event._hiway ?? hiway; });
    const message = await stream.finalMessage();
    return { text: textOf(message), pieces: pieces.length, stop: message.stop_reason, usage: message.usage, hiway };
  },

  async tools() {
    const first = await client.messages.create({ ...ask, tools });
    const calls = callsOf(first);
    const second = await client.messages.create({
      ...ask, tools,
      messages: [
        ...messages, { role: 'assistant', content: first.content },
        { role: 'user', content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: '21 degrees' })) },
      ],
    });
    return { calls, stop: first.stop_reason, text: textOf(second) };
  },

  // The client calls the tools itself and asks again, until there is a text.
  async toolRunner() {
    const cities = [];
    const weather = betaZodTool({ name: 'weather', description: 'Weather of a city', inputSchema: z.object({ city: z.string() }), run: ({ city }) => { cities.push(city); return '21 degrees'; } });
    const message = await client.beta.messages.toolRunner({ ...ask, tools: [weather] });
    return { text: textOf(message), cities };
  },

  async thread() {
    const thread = client.beta.messages.thread({ model, max_tokens: 1000, unsupportedRequestBehavior: 'continue_unthreaded' });
    await thread.send(messages[0]);
    return { text: textOf(await thread.send({ role: 'user', content: 'And tomorrow?' })) };
  },

  async streamedTools() {
    const message = await client.messages.stream({ ...ask, tools }).finalMessage();
    return { calls: callsOf(message), stop: message.stop_reason };
  },

  // What was thought goes back with its proof, as the API asks for.
  async thinking() {
    const first = await client.messages.stream({ ...ask, thinking: { type: 'enabled', budget_tokens: 1024 } }).finalMessage();
    const second = await client.messages.create({ ...ask, messages: [...messages, { role: 'assistant', content: first.content }, { role: 'user', content: 'Go on.' }] });
    return { kinds: first.content.map((block) => block.type), signature: first.content[0].signature ?? null, text: textOf(second) };
  },

  async count() {
    return await client.messages.countTokens({ model, messages, tools });
  },

  async countQuestion() {
    return await client.messages.countTokens({ model, messages });
  },

  async models() {
    const models = [];
    for await (const model of client.models.list()) {
      models.push({ id: model.id, type: model.type, name: model.display_name });
    }
    return { models, one: await client.models.retrieve(model) };
  },

  async error() {
    try {
      await client.messages.create(ask);
      return { error: null };
    } catch (error) {
      return { error: error.constructor.name, status: error.status ?? null, type: error.error?.error?.type ?? null, code: error.error?.error?.code ?? null, requestId: error.requestID ?? null, message: error.message };
    }
  },

  async brokenStream() {
    try {
      const message = await client.messages.stream(ask).finalMessage();
      return { error: null, text: textOf(message) };
    } catch (error) {
      return { error: error.constructor.name, type: error.type ?? error.error?.error?.type ?? null, message: error.message };
    }
  },

  async abort() {
    const stream = client.messages.stream(ask);
    let pieces = 0;
    stream.on('text', () => { if (++pieces === 3) stream.abort(); });
    await stream.done().catch(() => {});
    return { pieces };
  },
};

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
