// The official Node SDK doing what bench_client does: N prompts in flight at once, from one text.
//
// Usage: node bench_client_peer.mjs NODE_MODULES BASE_URL PROMPT_FILE N
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [modules, baseURL, file, count] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), 'index.js'));
const { OpenAI } = require('openai');
const client = new OpenAI({ apiKey: 'none', baseURL, maxRetries: 0, timeout: 600_000 });
const prompt = readFileSync(file, 'utf8');

async function ask(number) {
  const stream = await client.chat.completions.create({
    model: 'sink',
    stream: true,
    messages: [{ role: 'user', content: `${prompt}${number}` }],
  });
  let text = '';
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? '';
  }
  if (text !== 'taken') {
    throw new Error(`answer ${number}: ${text}`);
  }
}

await Promise.all(Array.from({ length: Number(count) }, (_, number) => ask(number)));
