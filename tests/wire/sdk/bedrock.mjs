import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { failure, isCount, long, require, serve, short } from './serve.mjs';

const {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} = require('@aws-sdk/client-bedrock-runtime');
const { NodeHttpHandler } = require('@smithy/node-http-handler');

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-for-tests' };

let server;
let client;

const clientWith = (own, maxAttempts = 1) =>
  new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: server.url,
    credentials: own,
    maxAttempts,
    requestHandler: new NodeHttpHandler(), // the default speaks HTTP/2, which needs TLS
  });

before(async () => {
  server = await serve(['--verify-signatures'], {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  client = clientWith(credentials);
});
after(() => server.stop());

// Converse wants the roles to take turns: texts of the same role become parts of one message.
function turnsOf({ messages }) {
  const turns = [];
  for (const { role, content } of messages) {
    if (turns.at(-1)?.role !== role) {
      turns.push({ role, content: [] });
    }
    turns.at(-1).content.push({ text: content });
  }
  return turns;
}

const converse = (modelId, prompt = short, more = {}) =>
  client.send(new ConverseStreamCommand({ modelId, messages: turnsOf(prompt), ...more })).then(({ stream }) => stream);

async function hearConverse(stream) {
  const heard = { text: '', thoughts: '', reason: null, usage: null };
  for await (const event of stream) {
    heard.text += event.contentBlockDelta?.delta.text ?? '';
    heard.thoughts += event.contentBlockDelta?.delta.reasoningContent?.text ?? '';
    heard.reason = event.messageStop?.stopReason ?? heard.reason;
    heard.usage = event.metadata?.usage ?? heard.usage;
  }
  return heard;
}

const bodyOf = ({ messages }, more = {}) =>
  JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 4096, messages, ...more });

const invoke = (modelId, prompt = short, more = {}) =>
  client
    .send(
      new InvokeModelWithResponseStreamCommand({
        modelId,
        contentType: 'application/json',
        body: bodyOf(prompt, more),
      }),
    )
    .then(({ body }) => body);

async function hearInvoke(stream) {
  const heard = { text: '', reason: null, usage: null, metrics: null };
  for await (const { chunk } of stream) {
    const event = JSON.parse(Buffer.from(chunk.bytes).toString());
    heard.text += event.delta?.text ?? '';
    heard.reason = event.delta?.stop_reason ?? heard.reason;
    heard.usage = event.message?.usage ?? event.usage ?? heard.usage;
    heard.metrics = event['amazon-bedrock-invocationMetrics'] ?? heard.metrics;
  }
  return heard;
}

test('Converse streams the right answer to a long prompt', async () => {
  const heard = await hearConverse(await converse('perfect', long, { system: [{ text: 'Be exact.' }] }));

  assert.equal(heard.text, long.answer);
  assert.equal(heard.reason, 'end_turn');
  assert.ok(isCount(heard.usage.inputTokens, long.tokens));
  assert.equal(heard.usage.totalTokens, heard.usage.inputTokens + heard.usage.outputTokens);
});

test('Invoke streams the right answer to a long prompt', async () => {
  const heard = await hearInvoke(await invoke('perfect', long));

  assert.equal(heard.text, long.answer);
  assert.equal(heard.reason, 'end_turn');
  assert.ok(isCount(heard.usage.input_tokens, long.tokens));
  assert.equal(heard.metrics.inputTokenCount, heard.usage.input_tokens);
});

test('Converse with reasoning, at its limit, from the cache, filtered', async () => {
  const thinking = { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } } };
  const cached = { system: [{ text: short.messages[0].content.repeat(9) }, { cachePoint: { type: 'default' } }] };
  const thoughtful = await hearConverse(await converse('perfect', short, thinking));
  const limited = await hearConverse(await converse('perfect', short, { inferenceConfig: { maxTokens: 5 } }));
  const first = await hearConverse(await converse('perfect', short, cached));
  const second = await hearConverse(await converse('perfect', short, cached));
  const filtered = await hearConverse(await converse('perfect+filter'));
  const blocked = await hearConverse(await converse('perfect+block'));

  assert.match(thoughtful.thoughts, /I read the whole text/);
  assert.equal(thoughtful.text, short.answer);
  assert.equal(limited.reason, 'max_tokens');
  assert.ok(first.usage.cacheWriteInputTokens > 1024);
  assert.equal(second.usage.cacheReadInputTokens, first.usage.cacheWriteInputTokens);
  assert.equal(filtered.reason, 'content_filtered');
  assert.equal(blocked.reason, 'guardrail_intervened');
});

test('both without a stream, and a count of tokens', async () => {
  const messages = turnsOf(short);
  const conversed = await client.send(new ConverseCommand({ modelId: 'perfect', messages }));
  const invoked = await client.send(
    new InvokeModelCommand({ modelId: 'perfect', contentType: 'application/json', body: bodyOf(short) }),
  );
  const count = await client.send(
    new CountTokensCommand({ modelId: 'perfect', input: { converse: { messages } } }),
  );

  assert.equal(conversed.output.message.content[0].text, short.answer);
  assert.equal(JSON.parse(Buffer.from(invoked.body).toString()).content[0].text, short.answer);
  assert.ok(isCount(count.inputTokens, short.tokens));
});

for (const [name, call, hear] of [
  ['Converse', converse, hearConverse],
  ['Invoke', invoke, hearInvoke],
]) {
  test(`${name}: errors are the service's exceptions`, async () => {
    const wanted = [
      ['perfect+401', 'AccessDeniedException', 403],
      ['claude-9', 'ResourceNotFoundException', 404],
      ['perfect+429', 'ThrottlingException', 429],
      ['perfect+quota', 'ServiceQuotaExceededException', 400],
      ['perfect+window=1000', 'ValidationException', 400],
      ['perfect+503', 'ServiceUnavailableException', 503],
    ];
    for (const [model, exception, status] of wanted) {
      const error = await failure(call(model));
      assert.equal(error.name, exception);
      assert.equal(error.$metadata.httpStatusCode, status);
    }
  });

  test(`${name}: faults of the way are seen`, async () => {
    const within = await failure(call('perfect+stream-error'));
    const damaged = await failure(call('perfect+bad-crc'));

    assert.equal(within.name, 'ServiceUnavailableException');
    assert.match(damaged.message, /checksum/i);
    await failure(call('perfect+cut'));
    await failure(call('perfect+early-413', long));
    assert.equal((await hear(await call('perfect+one-byte'))).text, short.answer);
  });
}

test('signatures are verified', async () => {
  const messages = turnsOf(short);
  const command = () => new ConverseCommand({ modelId: 'anthropic.perfect:0', messages });
  const wrongSecret = await failure(clientWith({ ...credentials, secretAccessKey: 'another' }).send(command()));
  const wrongKey = await failure(clientWith({ ...credentials, accessKeyId: 'AKIDOTHER' }).send(command()));
  const right = await failure(client.send(command()));

  assert.match(wrongSecret.message, /signature we calculated/);
  assert.match(wrongKey.message, /token included in the request is invalid/);
  assert.equal(right.name, 'ResourceNotFoundException'); // only the model is unknown
});

test('the SDK’s retries get past what passes', async () => {
  const patient = clientWith(credentials, 4);
  const reply = await patient.send(
    new ConverseCommand({ modelId: 'perfect+429+503', messages: turnsOf(short) }),
  );

  assert.equal(reply.output.message.content[0].text, short.answer);
});
