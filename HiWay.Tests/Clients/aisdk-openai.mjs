// Drives HiWay with the AI SDK and its provider for OpenAI, which speaks the Responses API: node aisdk-openai.mjs <scenario>. Prints what it understood as JSON.
// HIWAY_URL (without /v1), HIWAY_KEY and HIWAY_MODEL come from the test.
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

const { HIWAY_URL: url, HIWAY_KEY: apiKey, HIWAY_MODEL: name } = process.env;
const model = createOpenAI({ baseURL: `${url}/v1`, apiKey })(name);
const prompt = 'What is the weather in Paris and in Rome?';
const weather = tool({ description: 'Weather of a city', inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => `21 degrees in ${city}` });
const plain = ({ inputTokens, outputTokens }) => ({ inputTokens, outputTokens });

const scenarios = {
  async text() {
    const { text, finishReason, usage } = await generateText({ model, prompt, maxRetries: 0 });
    return { text, finishReason, usage: plain(usage) };
  },

  async stream() {
    const result = streamText({ model, prompt, maxRetries: 0 });
    const pieces = [];
    for await (const piece of result.textStream) {
      pieces.push(piece);
    }
    return { text: pieces.join(''), pieces: pieces.length, finishReason: await result.finishReason, usage: plain(await result.usage) };
  },

  // The second step refers to what the first one stored by the ids of its items.
  async streamedTools() {
    const result = streamText({ model, prompt, tools: { weather }, stopWhen: stepCountIs(2), maxRetries: 0 });
    let text = '';
    for await (const piece of result.textStream) {
      text += piece;
    }
    const steps = await result.steps;
    return { text, steps: steps.length, calls: steps[0].toolCalls.map(({ input }) => input), results: steps[0].toolResults.map(({ output }) => output) };
  },

  async tools() {
    const { text, steps } = await generateText({ model, prompt, tools: { weather }, stopWhen: stepCountIs(2), maxRetries: 0 });
    return { text, steps: steps.length, calls: steps[0].toolCalls.map(({ input }) => input), results: steps[0].toolResults.map(({ output }) => output) };
  },

  async structured() {
    const { output } = await generateText({ model, prompt, maxRetries: 0, output: Output.object({ schema: z.object({ name: z.string(), degrees: z.number() }) }) });
    return { output };
  },

  async reasoning() {
    const { text, reasoningText } = await generateText({ model, prompt, maxRetries: 0, providerOptions: { openai: { forceReasoning: true } } });
    return { text, reasoning: reasoningText ?? null };
  },

  async error() {
    try {
      await generateText({ model, prompt, maxRetries: 0 });
      return { error: null };
    } catch (error) {
      return { error: error.name, status: error.statusCode ?? null };
    }
  },
};

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
