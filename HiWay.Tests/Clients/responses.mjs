// Drives HiWay's Responses API and its first completions API with OpenAI's own client: node responses.mjs <scenario>. Prints what it understood as JSON.
// HIWAY_URL (without /v1), HIWAY_KEY and HIWAY_MODEL come from the test.
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';

const { HIWAY_URL: url, HIWAY_KEY: apiKey, HIWAY_MODEL: model } = process.env;
const client = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0, timeout: 20_000 });
const input = 'What is the weather in Paris and in Rome?';
const tools = [{
  type: 'function', name: 'weather', description: 'Weather of a city', strict: true,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
}];
const plain = ({ input_tokens, output_tokens, total_tokens }) => ({ input: input_tokens, output: output_tokens, total: total_tokens });

const scenarios = {
  async create() {
    const { data, response } = await client.responses.create({ model, input, instructions: 'Be brief.' }).withResponse();
    return { text: data.output_text, status: data.status, usage: plain(data.usage), hiway: data._hiway, requestId: response.headers.get('x-request-id') };
  },

  async stream() {
    const stream = client.responses.stream({ model, input });
    let text = '';
    const types = [];
    for await (const event of stream) {
      types.push(event.type);
      text += event.type === 'response.output_text.delta' ? event.delta : '';
    }
    const final = await stream.finalResponse();
    return { text, types, final: final.output[0].content[0].text, usage: plain(final.usage), hiway: final._hiway };
  },

  async parse() {
    const format = zodTextFormat(z.object({ name: z.string(), degrees: z.number() }), 'weather');
    const response = await client.responses.parse({ model, input, text: { format } });
    return { output: response.output_parsed };
  },

  // Two calls, run here, and a second turn that goes on from the first by its id alone.
  async tools() {
    const first = await client.responses.create({ model, input, tools });
    const calls = first.output.filter(({ type }) => type === 'function_call');
    const outputs = calls.map(({ call_id, arguments: json }) => ({ type: 'function_call_output', call_id, output: `21 degrees in ${JSON.parse(json).city}` }));
    const second = await client.responses.create({ model, previous_response_id: first.id, input: outputs, tools });
    return { calls: calls.map(({ name, arguments: json }) => ({ name, ...JSON.parse(json) })), text: second.output_text };
  },

  // The same, streamed, with the conversation sent back whole.
  async streamedTools() {
    const stream = client.responses.stream({ model, input, tools, store: false });
    const first = await stream.finalResponse();
    const calls = first.output.filter(({ type }) => type === 'function_call');
    const outputs = calls.map(({ call_id, arguments: json }) => ({ type: 'function_call_output', call_id, output: `21 degrees in ${JSON.parse(json).city}` }));
    const second = await client.responses.create({ model, store: false, input: [{ role: 'user', content: input }, ...first.output, ...outputs], tools });
    return { calls: calls.map(({ name, arguments: json }) => ({ name, ...JSON.parse(json) })), text: second.output_text };
  },

  // A tool that takes words: they come in pieces, and a second turn goes on with its result.
  async customTool() {
    const note = { type: 'custom', name: 'note', description: 'Keeps words.' };
    const stream = client.responses.stream({ model, input, tools: [note] });
    let words = '';
    for await (const event of stream) {
      words += event.type === 'response.custom_tool_call_input.delta' ? event.delta : '';
    }
    const first = await stream.finalResponse();
    const call = first.output.find(({ type }) => type === 'custom_tool_call');
    const second = await client.responses.create({ model, previous_response_id: first.id, input: [{ type: 'custom_tool_call_output', call_id: call.call_id, output: 'kept' }], tools: [note] });
    return { words, name: call.name, input: call.input, text: second.output_text };
  },

  async abort() {
    const stream = await client.responses.create({ model, input, stream: true });
    let pieces = 0;
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta' && ++pieces === 3) {
        stream.controller.abort();
        break;
      }
    }
    return { pieces };
  },

  async stored() {
    const { id } = await client.responses.create({ model, input });
    const kept = await client.responses.retrieve(id);
    await client.responses.delete(id);
    const gone = await client.responses.retrieve(id).then(() => null, (error) => error.status);
    return { text: kept.output_text, gone };
  },

  async error() {
    try {
      await client.responses.create({ model, input });
      return { error: null };
    } catch (error) {
      return { error: error.constructor.name, status: error.status, code: error.code };
    }
  },

  async broken() {
    const types = [];
    for await (const event of await client.responses.create({ model, input, stream: true })) {
      types.push(event.type);
    }
    return { types: types.slice(-2) };
  },

  async completion() {
    const data = await client.completions.create({ model, prompt: 'Once upon' });
    return { text: data.choices[0].text, finish: data.choices[0].finish_reason, usage: data.usage };
  },

  async completionStream() {
    let text = '';
    let usage = null;
    for await (const chunk of await client.completions.create({ model, prompt: 'Once upon', stream: true, stream_options: { include_usage: true } })) {
      text += chunk.choices[0]?.text ?? '';
      usage = chunk.usage ?? usage;
    }
    return { text, usage };
  },
};

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
