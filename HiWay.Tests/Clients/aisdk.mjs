// Drives HiWay with the AI SDK and its provider for OpenAI-compatible servers: node aisdk.mjs <scenario>. Prints what it understood as JSON.
// HIWAY_URL (without /v1), HIWAY_KEY and HIWAY_MODEL come from the test.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

const { HIWAY_URL: url, HIWAY_KEY: apiKey, HIWAY_MODEL: name } = process.env;
// Under Google's name the provider sends thought signatures back.
const hiway = createOpenAICompatible({ name: name.startsWith('google/') ? 'google' : 'hiway', baseURL: `${url}/v1`, apiKey, includeUsage: true, supportsStructuredOutputs: true });
const model = hiway(name);
const prompt = 'What is the weather in Paris and in Rome?';
const weather = tool({ description: 'Weather of a city', inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => `21 degrees in ${city}` });
const plain = ({ inputTokens, outputTokens }) => ({ inputTokens, outputTokens });

const scenarios = {
  async chat() {
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

  // Two calls at once, both executed here, and a second step with their results.
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

  async abort() {
    const leave = new AbortController();
    const result = streamText({ model, prompt, maxRetries: 0, abortSignal: leave.signal, onError: () => {} });
    let pieces = 0;
    for await (const part of result.fullStream) {
      if (part.type === 'text-delta' && ++pieces === 3) {
        leave.abort();
      }
    }
    return { pieces };
  },
};

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
