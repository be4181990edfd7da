import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { failure, isCount, long, require, serve, short } from './serve.mjs';

const { default: OpenAI, AzureOpenAI } = require('openai');

let server;
let client;

before(async () => {
  server = await serve();
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'any', maxRetries: 0 });
});
after(() => server.stop());

const chat = (model, { messages } = short, more = {}) =>
  client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
    ...more,
  });

async function hearChat(stream) {
  const heard = { text: '', refusal: '', reason: null, usage: null };
  for await (const chunk of stream) {
    const choice = chunk.choices[0];
    heard.text += choice?.delta?.content ?? '';
    heard.refusal += choice?.delta?.refusal ?? '';
    heard.reason = choice?.finish_reason ?? heard.reason;
    heard.usage = chunk.usage ?? heard.usage;
  }
  return heard;
}

const respond = (model, { messages } = short, more = {}) =>
  client.responses.create({ model, input: messages, stream: true, ...more });

async function hearResponse(stream) {
  const heard = { text: '', summary: '', refusal: '', last: null };
  let number = 0;
  for await (const event of stream) {
    assert.equal(event.sequence_number, number++);
    heard.text += event.type === 'response.output_text.delta' ? event.delta : '';
    heard.refusal += event.type === 'response.refusal.delta' ? event.delta : '';
    heard.summary += event.type === 'response.reasoning_summary_text.delta' ? event.delta : '';
    heard.last = event;
  }
  return heard;
}

test('Chat Completions streams the right answer to a long prompt, then from the cache', async () => {
  const first = await hearChat(await chat('perfect', long));
  const second = await hearChat(await chat('perfect', long));

  assert.equal(first.text, long.answer);
  assert.equal(first.reason, 'stop');
  assert.ok(isCount(first.usage.prompt_tokens, long.tokens), `${first.usage.prompt_tokens}`);
  assert.equal(first.usage.prompt_tokens_details.cached_tokens, 0);
  assert.equal(second.text, long.answer);
  assert.equal(second.usage.prompt_tokens, first.usage.prompt_tokens);
  assert.ok(second.usage.prompt_tokens_details.cached_tokens > long.tokens * 0.8);
});

test('Chat Completions without a stream, with reasoning, at its limit, filtered, refused', async () => {
  const whole = await client.chat.completions.create({ model: 'perfect', messages: short.messages });
  const reasoned = await hearChat(await chat('perfect', short, { reasoning_effort: 'low' }));
  const limited = await hearChat(await chat('perfect', short, { max_completion_tokens: 5 }));
  const filtered = await hearChat(await chat('perfect+filter'));
  const refused = await hearChat(await chat('refuse'));
  const empty = await hearChat(await chat('perfect+all-thought'));

  assert.equal(whole.choices[0].message.content, short.answer);
  assert.ok(reasoned.usage.completion_tokens_details.reasoning_tokens > 20);
  assert.equal(reasoned.text, short.answer);
  assert.equal(limited.reason, 'length');
  assert.ok(short.answer.startsWith(limited.text));
  assert.equal(filtered.reason, 'content_filter');
  assert.match(refused.refusal, /sorry/);
  assert.deepEqual([empty.text, empty.reason], ['', 'length']);
  assert.equal(empty.usage.completion_tokens_details.reasoning_tokens, empty.usage.completion_tokens);
});

test('Responses streams the right answer to a long prompt, and its usage', async () => {
  const heard = await hearResponse(await respond('perfect', long, { instructions: 'Be exact.' }));

  assert.equal(heard.text, long.answer);
  assert.equal(heard.last.type, 'response.completed');
  assert.equal(heard.last.response.output[0].content[0].text, long.answer);
  assert.ok(isCount(heard.last.response.usage.input_tokens, long.tokens));
});

test('Responses without a stream, with a summary, at its limit, filtered, refused', async () => {
  const whole = await client.responses.create({ model: 'perfect', input: short.messages });
  const reasoning = { effort: 'low', summary: 'auto' };
  const reasoned = await hearResponse(await respond('perfect', short, { reasoning }));
  const limited = await hearResponse(await respond('perfect', short, { max_output_tokens: 16 }));
  const filtered = await hearResponse(await respond('perfect+filter'));
  const refused = await hearResponse(await respond('refuse'));

  assert.equal(whole.output_text, short.answer);
  assert.match(reasoned.summary, /I read the whole text/);
  assert.equal(reasoned.text, short.answer);
  assert.ok(reasoned.last.response.usage.output_tokens_details.reasoning_tokens > 20);
  assert.equal(limited.last.type, 'response.incomplete');
  assert.equal(limited.last.response.incomplete_details.reason, 'max_output_tokens');
  assert.equal(filtered.last.response.incomplete_details.reason, 'content_filter');
  assert.match(refused.refusal, /sorry/);
});

test('the stream helper of the SDK puts a Responses stream together', async () => {
  const stream = client.responses.stream({ model: 'perfect+think', input: short.messages });
  const response = await stream.finalResponse();

  assert.equal(response.output_text, short.answer);
});

test('a plain string is an input too, and its tokens can be counted', async () => {
  const reply = await client.responses.create({ model: 'perfect', input: 'Say something.' });
  const count = await client.responses.inputTokens.count({ model: 'perfect', input: short.messages });

  assert.equal(reply.status, 'completed');
  assert.ok(isCount(count.input_tokens, short.tokens));
});

for (const [name, call] of [
  ['Chat Completions', chat],
  ['Responses', respond],
]) {
  test(`${name}: errors have their class, status and code`, async () => {
    const key = await failure(call('perfect+401'));
    const model = await failure(call('gpt-9'));
    const rate = await failure(call('perfect+429-retry-after'));
    const quota = await failure(call('perfect+quota'));
    const long = await failure(call('perfect+window=1000'));
    const setting = await failure(call('perfect+unsupported', short, { temperature: 0 }));
    const busy = await failure(call('perfect+503'));

    assert.ok(key instanceof OpenAI.AuthenticationError);
    assert.ok(model instanceof OpenAI.NotFoundError);
    assert.ok(rate instanceof OpenAI.RateLimitError);
    assert.equal(rate.headers.get('retry-after'), '1');
    assert.equal(quota.code, 'insufficient_quota');
    assert.equal(long.code, 'context_length_exceeded');
    assert.match(long.message, /length is 1000 tokens.* in \d{4,5} tokens/);
    assert.deepEqual([setting.code, setting.param], ['unsupported_parameter', 'temperature']);
    assert.equal(busy.status, 503);
  });

  test(`${name}: the SDK's own retries get past a fault`, async () => {
    const patient = client.withOptions({ maxRetries: 3 });
    const model = 'perfect+429-retry-after-ms+503';
    const text =
      call === chat
        ? (await patient.chat.completions.create({ model, messages: short.messages })).choices[0].message.content
        : (await patient.responses.create({ model, input: short.messages })).output_text;

    assert.equal(text, short.answer);
  });

  test(`${name}: a body that is too large is refused while it is sent`, async () => {
    const error = await failure(call('perfect+early-413', long));
    assert.ok(error.status === 413 || error instanceof OpenAI.APIConnectionError, `${error}`);
  });

  test(`${name}: streams that break are seen to break`, async () => {
    await failure(call('perfect+cut'));
    await failure(call('perfect+malformed'));
    for (const fault of ['one-byte', 'crlf', 'slow-bytes=200000']) {
      const stream = await call(`perfect+${fault}`);
      const heard = await (call === chat ? hearChat(stream) : hearResponse(stream));
      assert.equal(heard.text, short.answer);
    }
  });
}

test('an error within a stream has each protocol’s own form', async () => {
  const error = await failure(chat('perfect+stream-error'));
  const heard = await hearResponse(await respond('perfect+stream-error'));

  assert.match(error.message, /overloaded/);
  assert.equal(heard.last.type, 'response.failed');
  assert.equal(heard.last.response.error.code, 'server_is_overloaded');
});

test('a model that reads only the end of the prompt counts only that', async () => {
  const heard = await hearChat(await chat('perfect+keep-last=2000', long));

  assert.notEqual(heard.text, long.answer);
  assert.ok(isCount(heard.usage.prompt_tokens, 2000));
});

test('Azure’s two kinds of address lead to the same answers', async () => {
  const azure = new AzureOpenAI({
    endpoint: server.url,
    apiKey: 'any',
    apiVersion: '2024-10-21',
    deployment: 'perfect',
    maxRetries: 0,
  });
  const v1 = new OpenAI({ baseURL: `${server.url}/openai/v1`, apiKey: 'any', maxRetries: 0 });
  const messages = short.messages;

  for (const either of [azure, v1]) {
    const reply = await either.chat.completions.create({ model: 'perfect', messages });
    assert.equal(reply.choices[0].message.content, short.answer);
  }
});

test('models are listed', async () => {
  const names = [];
  for await (const model of client.models.list()) {
    names.push(model.id);
  }
  assert.ok(names.includes('perfect') && names.includes('decay'));
  assert.equal((await client.models.retrieve('perfect+window=128000')).max_model_len, 128000);
});
