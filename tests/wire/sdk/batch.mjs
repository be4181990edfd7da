// Batches by the vendors' clients: made, asked after until they end, read, cancelled.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { failure, isCount, long, require, serve, short } from './serve.mjs';

const { default: Anthropic } = require('@anthropic-ai/sdk');
const { GoogleGenAI } = require('@google/genai');
const { default: OpenAI, toFile } = require('openai');

let server;
let folder;

before(async () => {
  server = await serve();
  folder = mkdtempSync(path.join(tmpdir(), 'haymaker-sdk-'));
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

// Asks until it is over; it must not be over at once.
async function wait(retrieve, isOver) {
  let polls = 0;
  for (;;) {
    const batch = await retrieve();
    polls++;
    if (isOver(batch)) {
      assert.ok(polls > 1, 'over at the first look');
      return batch;
    }
    assert.ok(polls < 10, 'never over');
  }
}

const lines = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const byId = (results, id) => results.find((result) => (result.custom_id ?? result.key) === id);

for (const [endpoint, bodyOf, textOf] of [
  ['/v1/chat/completions', ({ messages }) => ({ messages }), (body) => body.choices[0].message.content],
  ['/v1/responses', ({ messages }) => ({ input: messages }), (body) => body.output[0].content[0].text],
]) {
  test(`OpenAI ${endpoint}: answers and errors come in a file each`, async () => {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'any', maxRetries: 0 });
    const request = (id, model, prompt) =>
      JSON.stringify({ custom_id: id, method: 'POST', url: endpoint, body: { model, ...bodyOf(prompt) } });
    const requests = [request('a', 'perfect', long), request('b', 'gpt-9', short), request('c', 'perfect', short)];
    const file = await client.files.create({
      file: await toFile(Buffer.from(requests.join('\n')), 'requests.jsonl'),
      purpose: 'batch',
    });
    const batch = await client.batches.create({ input_file_id: file.id, endpoint, completion_window: '24h' });

    assert.equal(file.filename, 'requests.jsonl');
    assert.equal(batch.status, 'validating');
    const ended = await wait(
      () => client.batches.retrieve(batch.id),
      ({ status }) => status === 'completed',
    );
    const answers = lines(await (await client.files.content(ended.output_file_id)).text());
    const errors = lines(await (await client.files.content(ended.error_file_id)).text());

    assert.deepEqual(ended.request_counts, { total: 3, completed: 2, failed: 1 });
    assert.equal(textOf(byId(answers, 'a').response.body), long.answer);
    assert.equal(textOf(byId(answers, 'c').response.body), short.answer);
    assert.equal(byId(errors, 'b').response.status_code, 404);
    assert.equal(byId(errors, 'b').response.body.error.code, 'model_not_found');
  });
}

test('OpenAI: a file that is no JSON fails the batch, a cancelled batch keeps what was answered', async () => {
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'any', maxRetries: 0 });
  const endpoint = '/v1/chat/completions';
  const upload = async (text) =>
    (await client.files.create({ file: await toFile(Buffer.from(text), 'x.jsonl'), purpose: 'batch' })).id;
  const make = async (text) =>
    client.batches.create({ input_file_id: await upload(text), endpoint, completion_window: '24h' });
  const body = { model: 'perfect', messages: short.messages };
  const line = (id) => JSON.stringify({ custom_id: id, method: 'POST', url: endpoint, body });
  const broken = await make('{"custom_id":');
  const batch = await make(`${line('a')}\n${line('b')}\n`);
  const cancelling = await client.batches.cancel(batch.id);
  const cancelled = await client.batches.retrieve(batch.id);
  const listed = [];
  for await (const { id } of client.batches.list()) {
    listed.push(id);
  }

  assert.equal(broken.status, 'failed');
  assert.match(broken.errors.data[0].message, /line 1/);
  assert.equal(cancelling.status, 'cancelling');
  assert.equal(cancelled.status, 'cancelled');
  assert.equal(lines(await (await client.files.content(cancelled.output_file_id)).text()).length, 1);
  assert.deepEqual(listed.slice(0, 2), [batch.id, broken.id]);
  assert.equal((await failure(client.batches.retrieve('batch_none'))).status, 404);
  assert.equal(
    (await failure(client.batches.create({ input_file_id: 'file-none', endpoint, completion_window: '24h' }))).status,
    400,
  );
});

test('Anthropic: results of every kind', async () => {
  const client = new Anthropic({ baseURL: server.url, apiKey: 'any', maxRetries: 0 });
  const request = (custom_id, model, { messages }) => ({ custom_id, params: { model, max_tokens: 4096, messages } });
  const read = async (id) => {
    const results = [];
    for await (const result of await client.messages.batches.results(id)) {
      results.push(result);
    }
    return results;
  };
  const requests = [request('a', 'perfect', long), request('b', 'perfect+window=1000', short)];
  const batch = await client.messages.batches.create({ requests });
  const other = await client.messages.batches.create({ requests });

  assert.equal(batch.processing_status, 'in_progress');
  const ended = await wait(
    () => client.messages.batches.retrieve(batch.id),
    ({ processing_status: status }) => status === 'ended',
  );
  const results = await read(batch.id);
  assert.deepEqual([ended.request_counts.succeeded, ended.request_counts.errored], [1, 1]);
  assert.equal(byId(results, 'a').result.message.content[0].text, long.answer);
  assert.ok(isCount(byId(results, 'a').result.message.usage.input_tokens, long.tokens));
  assert.match(byId(results, 'b').result.error.error.message, /prompt is too long/);

  assert.equal((await client.messages.batches.cancel(other.id)).processing_status, 'canceling');
  assert.equal((await client.messages.batches.retrieve(other.id)).processing_status, 'ended');
  assert.deepEqual(
    (await read(other.id)).map(({ result }) => result.type),
    ['succeeded', 'canceled'],
  );
  assert.equal((await failure(client.messages.batches.create({ requests: [] }))).status, 400);
});

test('Gemini: requests in the call and in a file', async () => {
  const client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: server.url } });
  const contentsOf = ({ messages }) =>
    messages.map(({ role, content }) => ({ role: role === 'user' ? 'user' : 'model', parts: [{ text: content }] }));
  const finish = (name) =>
    wait(
      () => client.batches.get({ name }),
      ({ state }) => state === 'JOB_STATE_SUCCEEDED',
    );
  const together = await client.batches.create({
    model: 'perfect',
    src: [{ contents: contentsOf(short), metadata: { key: 'a' } }],
    config: { displayName: 'together' },
  });

  assert.equal(together.displayName, 'together');
  assert.equal(together.state, 'JOB_STATE_PENDING');
  const { dest } = await finish(together.name);
  assert.equal(dest.inlinedResponses[0].response.candidates[0].content.parts[0].text, short.answer);

  const requests = path.join(folder, 'requests.jsonl');
  const results = path.join(folder, 'results.jsonl');
  const line = (key, prompt) => JSON.stringify({ key, request: { contents: contentsOf(prompt) } });
  // Above 8 MiB the client sends the file in parts.
  writeFileSync(requests, `${line('a', long)}\n${line('b', short)}\n${' '.repeat(9e6)}\n`);
  const file = await client.files.upload({ file: requests, config: { mimeType: 'application/jsonl' } });
  const batch = await client.batches.create({ model: 'perfect', src: file.name });
  const ended = await finish(batch.name);
  await client.files.download({ file: ended.dest.fileName, downloadPath: results });
  await new Promise((resolve) => setTimeout(resolve, 200)); // the client does not wait for the disk
  const answers = lines(readFileSync(results, 'utf8'));

  assert.equal(Number(file.sizeBytes), readFileSync(requests).length);
  assert.equal(byId(answers, 'a').response.candidates[0].content.parts[0].text, long.answer);
  assert.equal(byId(answers, 'b').response.candidates[0].content.parts[0].text, short.answer);

  const doomed = await client.batches.create({ model: 'perfect', src: file.name });
  await client.batches.cancel({ name: doomed.name });
  assert.equal((await client.batches.get({ name: doomed.name })).state, 'JOB_STATE_CANCELLED');
});
