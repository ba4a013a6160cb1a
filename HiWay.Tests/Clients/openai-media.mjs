// Embeddings, pictures and passthrough with OpenAI's own client: node openai-media.mjs <scenario>. Prints what the client understood as JSON.
// HIWAY_URL (without /v1), HIWAY_KEY and HIWAY_MODEL come from the test.
import OpenAI, { toFile } from 'openai';

const { HIWAY_URL: url, HIWAY_KEY: apiKey, HIWAY_MODEL: model } = process.env;
const client = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0, timeout: 20_000 });

const scenarios = {
  // Without encoding_format the client asks for base64 and decodes it itself.
  async embeddings() {
    const { data, response } = await client.embeddings.create({ model, input: ['hello', 'world'] }).withResponse();
    return { count: data.data.length, vector: Array.from(data.data[0].embedding).slice(0, 3), length: data.data[0].embedding.length, usage: data.usage, cost: data._hiway.upstream_cost, routedModel: response.headers.get('x-hiway-routed-model') };
  },

  async embeddingsAsFloats() {
    const answer = await client.embeddings.create({ model, input: 'hello', encoding_format: 'float', dimensions: 3 });
    return { vector: answer.data[0].embedding };
  },

  async image() {
    const answer = await client.images.generate({ model, prompt: 'a cat', n: 1 });
    return { pictures: answer.data.map((one) => one.b64_json ?? one.url), usage: answer.usage ?? null, cost: answer._hiway.upstream_cost };
  },

  async imageStream() {
    const stream = await client.images.generate({ model, prompt: 'a cat', stream: true, partial_images: 1 });
    const types = [];
    let last;
    for await (const event of stream) {
      types.push(event.type);
      last = event;
    }
    return { types, picture: last.b64_json, hiway: last._hiway };
  },

  // The form names the picture before the model, as most programs write it.
  async edit() {
    const image = await toFile(Buffer.alloc(300_000, 7), 'cat.png', { type: 'image/png' });
    const answer = await client.images.edit({ image, prompt: 'make it green', model, n: 1, size: '1024x1024', quality: 'low' });
    return { pictures: answer.data.map((one) => one.b64_json ?? one.url), usage: answer.usage ?? null, cost: answer._hiway.upstream_cost };
  },

  // The same client with nothing but its base URL moved one provider in.
  async passthrough() {
    const own = new OpenAI({ apiKey, baseURL: `${url}/v1/providers/openai`, maxRetries: 0, timeout: 20_000 });
    const answer = await own.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 20 });
    return { text: answer.choices[0].message.content, usage: answer.usage };
  },

  async error() {
    try {
      await client.embeddings.create({ model, input: 'hello' });
      return { error: null };
    } catch (error) {
      return { error: error.constructor.name, status: error.status, code: error.code, message: error.message };
    }
  },
};

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
