// Drives HiWay with LangChain's Anthropic model: node langchain-anthropic.mjs <scenario>. Prints what it understood as JSON.
// HIWAY_URL (without /v1), HIWAY_KEY and HIWAY_MODEL come from the test.
import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { z } from 'zod';

const { HIWAY_URL: url, HIWAY_KEY: apiKey, HIWAY_MODEL: model } = process.env;
const chat = new ChatAnthropic({ model, apiKey, anthropicApiUrl: url, maxTokens: 1000, maxRetries: 0 });
const weather = tool(async ({ city }) => `21 degrees in ${city}`, { name: 'weather', description: 'Weather of a city', schema: z.object({ city: z.string() }) });
const question = new HumanMessage('What is the weather in Paris and in Rome?');

const scenarios = {
  async text() {
    const answer = await chat.invoke([question]);
    return { text: answer.text, usage: answer.usage_metadata };
  },

  async stream() {
    let whole = null;
    let pieces = 0;
    for await (const piece of await chat.stream([question])) {
      whole = whole ? whole.concat(piece) : piece;
      pieces += piece.text ? 1 : 0;
    }
    return { text: whole.text, pieces, usage: whole.usage_metadata };
  },

  async tools() {
    const bound = chat.bindTools([weather]);
    const asked = await bound.invoke([question]);
    const results = await Promise.all(asked.tool_calls.map(async (call) => new ToolMessage({ content: await weather.invoke(call.args), tool_call_id: call.id })));
    const answer = await bound.invoke([question, asked, ...results]);
    return { calls: asked.tool_calls.map(({ name, args }) => ({ name, args })), text: answer.text };
  },
};

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
