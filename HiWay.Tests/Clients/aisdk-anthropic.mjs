// Drives HiWay with the AI SDK's provider for Anthropic: node aisdk-anthropic.mjs <scenario>. Prints what it understood as JSON.
// HIWAY_URL (without /v1), HIWAY_KEY and HIWAY_MODEL come from the test.
import { createAnthropic } from '@ai-sdk/anthropic';
import { generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

globalThis.AI_SDK_LOG_WARNINGS = false; // it warns on standard output, of models whose limits it does not know
const { HIWAY_URL: url, HIWAY_KEY: apiKey, HIWAY_MODEL: name } = process.env;
const model = createAnthropic({ baseURL: `${url}/v1`, apiKey })(name);
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

  async streamedTools() {
    const result = streamText({ model, prompt, tools: { weather }, stopWhen: stepCountIs(2), maxRetries: 0 });
    let text = '';
    for await (const piece of result.textStream) {
      text += piece;
    }
    const steps = await result.steps;
    return { text, steps: steps.length, calls: steps[0].toolCalls.map(({ toolName, input }) => ({ toolName, input })), results: steps[0].toolResults.map(({ output }) => output) };
  },

  async structured() {
    const { output } = await generateText({ model, prompt, maxRetries: 0, output: Output.object({ schema: z.object({ name: z.string(), degrees: z.number() }) }) });
    return { output };
  },

  async error() {
    try {
      await generateText({ model, prompt, maxRetries: 0 });
      return { error: null };
    } catch (error) {
      return { error: error.name, status: error.statusCode ?? null, retryable: error.isRetryable ?? null, message: error.message };
    }
  },
};

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
