import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { failure, isCount, long, require, serve, short } from './serve.mjs';

const { default: Anthropic } = require('@anthropic-ai/sdk');

let server;
let client;

before(async () => {
  server = await serve();
  client = new Anthropic({ baseURL: server.url, apiKey: 'any', maxRetries: 0 });
});
after(() => server.stop());

const send = (model, { messages } = short, more = {}) =>
  client.messages.create({ model, max_tokens: 4096, messages, stream: true, ...more });

async function hear(stream) {
  const heard = { text: '', thinking: '', reason: null, usage: null, events: [] };
  for await (const event of stream) {
    heard.events.push(event.type);
    if (event.type === 'content_block_delta') {
      heard.text += event.delta.text ?? '';
      heard.thinking += event.delta.thinking ?? '';
    }
    heard.usage = event.message?.usage ?? event.usage ?? heard.usage;
    heard.reason = event.delta?.stop_reason ?? heard.reason;
  }
  return heard;
}

const inputOf = (usage) => usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;

test('Messages stream the right answer to a long prompt', async () => {
  const heard = await hear(await send('perfect', long, { system: 'Be exact.' }));

  assert.equal(heard.text, long.answer);
  assert.equal(heard.reason, 'end_turn');
  assert.ok(isCount(heard.usage.input_tokens, long.tokens));
  assert.ok(isCount(heard.usage.output_tokens, long.answer.length / 4.9));
  assert.equal(heard.usage.cache_read_input_tokens, 0);
});

test('a prompt marked for the cache is written to it, then read from it', async () => {
  const marked = { cache_control: { type: 'ephemeral' } };
  const first = await hear(await send('perfect', short, marked));
  const second = await hear(await send('perfect', short, marked));

  assert.ok(first.usage.cache_creation_input_tokens > short.tokens / 2);
  assert.equal(second.usage.cache_read_input_tokens, first.usage.cache_creation_input_tokens);
  assert.equal(inputOf(second.usage), inputOf(first.usage));
});

test('thinking is streamed when it is enabled, and hidden when it is omitted', async () => {
  const thinking = { type: 'enabled', budget_tokens: 1024 };
  const shown = await hear(await send('perfect', short, { thinking }));
  const hidden = await hear(await send('perfect', short, { thinking: { type: 'adaptive', display: 'omitted' } }));

  assert.match(shown.thinking, /I read the whole text/);
  assert.equal(shown.text, short.answer);
  assert.ok(shown.usage.output_tokens_details.thinking_tokens > 20);
  assert.equal(hidden.thinking, '');
  assert.equal(hidden.text, short.answer);
  assert.ok(hidden.usage.output_tokens_details.thinking_tokens > 20);
});

test('Messages without a stream, and the SDK’s own putting together', async () => {
  const body = { model: 'perfect+think', max_tokens: 4096, messages: short.messages };
  const whole = await client.messages.create(body);
  const final = await client.messages.stream(body).finalMessage();

  for (const message of [whole, final]) {
    assert.deepEqual(
      message.content.map((block) => block.type),
      ['thinking', 'text'],
    );
    assert.equal(message.content[1].text, short.answer);
    assert.equal(message.stop_reason, 'end_turn');
  }
});

test('stop reasons say how an answer ended', async () => {
  const limited = await hear(await send('perfect', short, { max_tokens: 5 }));
  const refused = await hear(await send('refuse'));
  const empty = await hear(await send('perfect+all-thought'));

  assert.equal(limited.reason, 'max_tokens');
  assert.equal(refused.reason, 'refusal');
  assert.deepEqual([empty.text, empty.reason, empty.usage.output_tokens], ['', 'max_tokens', 4096]);
});

test('pings come while nothing else does', async () => {
  const slow = await serve(['--prefill-rate', '5000']);
  const patient = new Anthropic({ baseURL: slow.url, apiKey: 'any' });
  const heard = [];
  const request = { model: 'perfect', max_tokens: 4096, messages: short.messages, stream: true };
  const response = await patient.messages.create(request).asResponse();

  for await (const bytes of response.body) {
    heard.push(Buffer.from(bytes).toString());
  }
  assert.ok(heard.join('').split('event: ping').length > 3);
  await slow.stop();
});

test('tokens are counted without an answer', async () => {
  const count = await client.messages.countTokens({ model: 'perfect', messages: long.messages });
  assert.ok(isCount(count.input_tokens, long.tokens));
});

test('errors have their class, type and status', async () => {
  const key = await failure(send('perfect+401'));
  const model = await failure(send('claude-9'));
  const rate = await failure(send('perfect+429-retry-after'));
  const tooLarge = await failure(send('perfect+request-too-large'));
  const quota = await failure(send('perfect+quota'));
  const tooLong = await failure(send('perfect+window=1000'));
  const setting = await failure(send('perfect+unsupported', short, { temperature: 0 }));
  const busy = await failure(send('perfect+529'));

  assert.ok(key instanceof Anthropic.AuthenticationError);
  assert.ok(model instanceof Anthropic.NotFoundError);
  assert.ok(rate instanceof Anthropic.RateLimitError);
  assert.equal(rate.headers.get('retry-after'), '1');
  assert.ok(tooLarge instanceof Anthropic.RateLimitError);
  assert.equal(quota.status, 402);
  assert.match(tooLong.message, /prompt is too long: \d{4} tokens > 1000 maximum/);
  assert.match(setting.message, /`temperature` is deprecated/);
  assert.deepEqual([busy.status, busy.error.error.type], [529, 'overloaded_error']);
});

test('faults of the way are seen, and retried where the SDK retries', async () => {
  const patient = client.withOptions({ maxRetries: 3 });
  const body = { model: 'perfect+429-retry-after-ms+529', max_tokens: 4096, messages: short.messages };
  const within = await failure(send('perfect+stream-error'));
  const early = await failure(send('perfect+early-413', long));

  assert.equal((await patient.messages.create(body)).content[0].text, short.answer);
  assert.match(within.message, /overloaded_error/);
  assert.ok(early.status === 413 || early instanceof Anthropic.APIConnectionError, `${early}`);
  await failure(send('perfect+cut'));
  await failure(send('perfect+malformed'));
  for (const fault of ['one-byte', 'crlf']) {
    assert.equal((await hear(await send(`perfect+${fault}`))).text, short.answer);
  }
});

test('models tell their limits', async () => {
  const names = [];
  for await (const model of client.models.list()) {
    names.push(model.id);
  }
  assert.ok(names.includes('perfect'));
  assert.equal((await client.models.retrieve('perfect+window=200000')).max_input_tokens, 200000);
});
