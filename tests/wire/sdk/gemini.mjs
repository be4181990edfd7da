import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { failure, isCount, long, require, serve, short } from './serve.mjs';

const { ApiError, GoogleGenAI } = require('@google/genai');

let server;
let client;

before(async () => {
  server = await serve();
  client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: server.url } });
});
after(() => server.stop());

const contentsOf = ({ messages }) =>
  messages.map(({ role, content }) => ({
    role: role === 'assistant' ? 'model' : 'user',
    parts: [{ text: content }],
  }));

const send = (model, prompt = short, config = {}) =>
  client.models.generateContentStream({ model, contents: contentsOf(prompt), config });

async function hear(stream) {
  const heard = { text: '', thoughts: '', reason: null, block: null, usage: null };
  for await (const chunk of stream) {
    for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
      heard[part.thought ? 'thoughts' : 'text'] += part.text;
    }
    heard.reason = chunk.candidates?.[0]?.finishReason ?? heard.reason;
    heard.block = chunk.promptFeedback?.blockReason ?? heard.block;
    heard.usage = chunk.usageMetadata ?? heard.usage;
  }
  return heard;
}

test('a stream brings the right answer to a long prompt, then from the cache', async () => {
  const first = await hear(await send('perfect', long, { systemInstruction: 'Be exact.' }));
  const second = await hear(await send('perfect', long, { systemInstruction: 'Be exact.' }));

  for (const { text, reason, usage } of [first, second]) {
    assert.equal(text, long.answer);
    assert.equal(reason, 'STOP');
    assert.ok(isCount(usage.promptTokenCount, long.tokens));
    assert.equal(usage.totalTokenCount, usage.promptTokenCount + usage.candidatesTokenCount);
  }
  assert.ok(second.usage.cachedContentTokenCount > long.tokens * 0.8);
});

test('without a stream, with thoughts, at its limit', async () => {
  const whole = await client.models.generateContent({ model: 'perfect', contents: contentsOf(short) });
  const thinkingConfig = { thinkingLevel: 'LOW', includeThoughts: true };
  const thoughtful = await hear(await send('perfect', short, { thinkingConfig }));
  const limited = await hear(await send('perfect', short, { maxOutputTokens: 5 }));
  const empty = await hear(await send('perfect+all-thought', short, { maxOutputTokens: 100 }));

  assert.equal(whole.text, short.answer);
  assert.match(thoughtful.thoughts, /I read the whole text/);
  assert.equal(thoughtful.text, short.answer);
  assert.ok(thoughtful.usage.thoughtsTokenCount > 20);
  assert.equal(limited.reason, 'MAX_TOKENS');
  assert.deepEqual([empty.text, empty.reason, empty.usage.thoughtsTokenCount], ['', 'MAX_TOKENS', 100]);
});

test('filters stop the answer or the prompt', async () => {
  const recited = await hear(await send('perfect+filter'));
  const refused = await hear(await send('refuse'));
  const blocked = await hear(await send('perfect+block'));

  assert.equal(recited.reason, 'RECITATION');
  assert.equal(refused.reason, 'SAFETY');
  assert.deepEqual([blocked.block, blocked.reason], ['PROHIBITED_CONTENT', null]);
});

test('tokens are counted and models tell their limits', async () => {
  const count = await client.models.countTokens({ model: 'perfect', contents: contentsOf(long) });
  const model = await client.models.get({ model: 'perfect+window=200000' });
  const names = [];
  for await (const listed of await client.models.list()) {
    names.push(listed.name);
  }

  assert.ok(isCount(count.totalTokens, long.tokens));
  assert.equal(model.inputTokenLimit, 200000);
  assert.ok(names.includes('models/perfect'));
});

test('errors have their status and words', async () => {
  const wanted = [
    ['perfect+401', 400, 'API_KEY_INVALID'],
    ['gemini-9', 404, 'NOT_FOUND'],
    ['perfect+429-retry-info', 429, '"retryDelay":"1.2s"'],
    ['perfect+quota', 429, 'PerDay'],
    ['perfect+window=1000', 400, 'exceeds the maximum number of tokens allowed (1000)'],
    ['perfect+503', 503, 'UNAVAILABLE'],
  ];
  for (const [model, status, words] of wanted) {
    const error = await failure(send(model));
    assert.ok(error instanceof ApiError, `${model}: ${error}`);
    assert.equal(error.status, status);
    assert.ok(error.message.includes(words), error.message);
  }
  const setting = await failure(send('perfect+unsupported', short, { temperature: 0 }));
  assert.match(setting.message, /Unknown name .+temperature/);
});

test('faults of the way are seen', async () => {
  const within = await failure(send('perfect+stream-error'));
  const early = await failure(send('perfect+early-413', long));

  assert.match(within.message, /overloaded|UNAVAILABLE/);
  assert.ok(early.status === 413 || /fetch failed/.test(early.message), `${early}`);
  await failure(send('perfect+cut'));
  await failure(send('perfect+malformed'));
  for (const fault of ['one-byte', 'crlf']) {
    assert.equal((await hear(await send(`perfect+${fault}`))).text, short.answer);
  }
});

test('the SDK’s retries get past what passes', async () => {
  const patient = new GoogleGenAI({
    apiKey: 'any',
    httpOptions: { baseUrl: server.url, retryOptions: { attempts: 3, initialDelay: 0.1 } },
  });
  const reply = await patient.models.generateContent({ model: 'perfect+503=2', contents: contentsOf(short) });

  assert.equal(reply.text, short.answer);
});
