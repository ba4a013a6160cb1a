// Drives HiWay with LangChain's model for OpenAI, on either of its APIs: node langchain-openai.mjs <scenario> <chat|responses>. Prints what it understood as JSON.
// HIWAY_URL (without /v1), HIWAY_KEY and HIWAY_MODEL come from the test.
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';

const { HIWAY_URL: url, HIWAY_KEY: apiKey, HIWAY_MODEL: name } = process.env;
const [scenario, api] = process.argv[2].split(':');
const model = new ChatOpenAI({ model: name, apiKey, useResponsesApi: api === 'responses', maxRetries: 0, configuration: { baseURL: `${url}/v1` } });
const question = new HumanMessage('What is the weather in Paris and in Rome?');
const weather = tool(({ city }) => `21 degrees in ${city}`, { name: 'weather', description: 'Weather of a city', schema: z.object({ city: z.string() }) });
const textOf = ({ content }) => (typeof content === 'string' ? content : content.filter(({ type }) => type === 'text').map(({ text }) => text).join(''));

const scenarios = {
  async text() {
    const message = await model.invoke([question]);
    return { text: textOf(message), usage: message.usage_metadata };
  },

  async stream() {
    let text = '';
    let whole;
    for await (const chunk of await model.stream([question])) {
      text += textOf(chunk);
      whole = whole ? whole.concat(chunk) : chunk;
    }
    return { text, usage: whole.usage_metadata };
  },

  async tools() {
    const withTools = model.bindTools([weather]);
    const first = await withTools.invoke([question]);
    const results = await Promise.all(first.tool_calls.map(async (call) => new ToolMessage({ content: await weather.invoke(call.args), tool_call_id: call.id })));
    const second = await withTools.invoke([question, first, ...results]);
    return { calls: first.tool_calls.map(({ args }) => args), text: textOf(second) };
  },

  async structured() {
    return { output: await model.withStructuredOutput(z.object({ name: z.string(), degrees: z.number() })).invoke([question]) };
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
