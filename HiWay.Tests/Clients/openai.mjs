// Drives HiWay with OpenAI's own client, as its users would: node openai.mjs <scenario>. Prints what the client understood as JSON.
// HIWAY_URL (without /v1), HIWAY_KEY and HIWAY_MODEL come from the test.
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';

const { HIWAY_URL: url, HIWAY_KEY: apiKey, HIWAY_MODEL: model } = process.env;
const client = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0, timeout: 20_000 });
const messages = [{ role: 'user', content: 'What is the weather in Paris and in Rome?' }];
const tools = [{
  type: 'function',
  function: { name: 'weather', description: 'Weather of a city', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
}];

const scenarios = {
  async chat() {
    const { data, response } = await client.chat.completions.create({ model, messages }).withResponse();
    return {
      text: data.choices[0].message.content, finish: data.choices[0].finish_reason, usage: data.usage, hiway: data._hiway,
      requestId: response.headers.get('x-request-id'), routedModel: response.headers.get('x-hiway-routed-model'),
    };
  },

  async stream() {
    const stream = await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } });
    const result = { text: '', chunks: 0, usage: null, finish: null };
    for await (const chunk of stream) {
      result.chunks += 1;
      result.text += chunk.choices[0]?.delta?.content ?? '';
      result.finish = chunk.choices[0]?.finish_reason ?? result.finish;
      result.usage = chunk.usage ?? result.usage;
      result.hiway = chunk._hiway ?? result.hiway;
    }
    return result;
  },

  async streamWithoutUsage() {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    let usages = 0;
    let withoutChoices = 0;
    for await (const chunk of stream) {
      usages += chunk.usage ? 1 : 0;
      withoutChoices += chunk.choices.length === 0 && !chunk._hiway ? 1 : 0;
    }
    return { usages, withoutChoices };
  },

  async tools() {
    const first = await client.chat.completions.create({ model, messages, tools });
    const calls = first.choices[0].message.tool_calls;
    const second = await client.chat.completions.create({
      model, tools,
      messages: [...messages, first.choices[0].message, ...calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: '21 degrees' }))],
    });
    return { calls: calls.map(({ id, function: f }) => ({ id, name: f.name, arguments: JSON.parse(f.arguments) })), finish: first.choices[0].finish_reason, text: second.choices[0].message.content };
  },

  // The client's own helper puts the pieces of parallel calls together.
  async streamedTools() {
    const runner = client.chat.completions.stream({ model, messages, tools, stream_options: { include_usage: true } });
    const final = await runner.finalChatCompletion();
    return {
      calls: final.choices[0].message.tool_calls.map(({ id, function: f }) => ({ id, name: f.name, arguments: JSON.parse(f.arguments) })),
      finish: final.choices[0].finish_reason,
    };
  },

  async structured() {
    const completion = await client.chat.completions.parse({
      model, messages,
      response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema: { type: 'object', properties: { name: { type: 'string' }, degrees: { type: 'number' } }, required: ['name', 'degrees'], additionalProperties: false } } },
    });
    return { parsed: completion.choices[0].message.parsed ?? JSON.parse(completion.choices[0].message.content) };
  },

  // The client calls the tools itself and asks again, until there is a text.
  async toolRunner() {
    const cities = [];
    const runner = client.chat.completions.runTools({
      model, messages,
      tools: [{ type: 'function', function: { ...tools[0].function, parse: JSON.parse, function: ({ city }) => { cities.push(city); return '21 degrees'; } } }],
    });
    return { text: await runner.finalContent(), cities, usage: await runner.totalUsage() };
  },

  async streamedToolRunner() {
    const cities = [];
    let pieces = 0;
    const runner = client.chat.completions.runTools({
      model, messages, stream: true,
      tools: [{ type: 'function', function: { ...tools[0].function, parse: JSON.parse, function: ({ city }) => { cities.push(city); return '21 degrees'; } } }],
    }).on('content', () => { pieces += 1; });
    return { text: await runner.finalContent(), cities, pieces };
  },

  async structuredWithZod() {
    const completion = await client.chat.completions.parse({ model, messages, response_format: zodResponseFormat(z.object({ name: z.string(), degrees: z.number() }), 'city') });
    return { parsed: completion.choices[0].message.parsed };
  },

  async streamHelper() {
    const seen = { contents: 0, chunks: 0 };
    const runner = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true }, response_format: zodResponseFormat(z.object({ name: z.string(), degrees: z.number() }), 'city') })
      .on('content', () => { seen.contents += 1; }).on('chunk', () => { seen.chunks += 1; });
    const final = await runner.finalChatCompletion();
    return { ...seen, parsed: final.choices[0].message.parsed, usage: final.usage };
  },

  async error() {
    try {
      await client.chat.completions.create({ model, messages });
      return { error: null };
    } catch (error) {
      return describe(error);
    }
  },

  // The client waits as long as it is told, and asks again.
  async retries() {
    const patient = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 3, timeout: 20_000 });
    const { data, response } = await patient.chat.completions.create({ model, messages }).withResponse();
    return { text: data.choices[0].message.content, status: response.status };
  },

  async wait() {
    const response = await client.chat.completions.create({ model, messages }).asResponse().catch((error) => error);
    return { status: response.status, seconds: response.headers.get('retry-after'), milliseconds: response.headers.get('retry-after-ms') };
  },

  async streamError() {
    let text = '';
    try {
      const stream = await client.chat.completions.create({ model, messages, stream: true });
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta?.content ?? '';
      }
      return { error: null, text };
    } catch (error) {
      return { ...describe(error), text };
    }
  },

  async abort() {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    let chunks = 0;
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta?.content && ++chunks === 3) {
        stream.controller.abort();
        break;
      }
    }
    return { chunks };
  },

  async embed() {
    const { data, response } = await client.embeddings.create({ model, input: 'Sunny' }).withResponse();
    return { length: data.data[0].embedding.length, routedModel: response.headers.get('x-hiway-routed-model') };
  },

  async retrieve() {
    return { id: (await client.models.retrieve(model)).id };
  },

  async models() {
    const found = [];
    for await (const one of client.models.list()) {
      found.push(one.id);
    }
    return { found, one: (await client.models.retrieve(model)).id };
  },
};

function describe(error) {
  return { error: error.constructor.name, status: error.status ?? null, code: error.code ?? null, type: error.type ?? null, message: error.message, requestId: error.requestID ?? null };
}

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
