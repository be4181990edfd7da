// A running `haymaker serve`, cases from `haymaker generate`, and the vendors' own clients.
//
// Usage of all.mjs: node all.mjs HAYMAKER NODE_MODULES [full]. NODE_PATH, where it is set, is looked
// in before NODE_MODULES. Without "full" the long prompt has 64K tokens (for sanitizer builds).

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';

const [haymaker, modules, full] = process.argv.slice(2);
const folder = process.env.NODE_PATH || modules;

export const require = createRequire(path.join(path.resolve(folder), 'from-here.js'));
const length = full === 'full' ? 1048576 : 65536;

export function version(name) {
  const entry = require.resolve(name);
  const root = entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length);
  return require(path.join(root, 'package.json')).version;
}

function readCase(length) {
  const run = spawnSync(haymaker, ['generate', '--needles', '8', '--lengths', String(length), '--samples', '1'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) {
    throw new Error(`haymaker generate: ${run.stderr}`);
  }
  const { prompt, answer, prompt_tokens: tokens } = JSON.parse(run.stdout.split('\n')[0]);
  return { messages: JSON.parse(prompt), answer, tokens };
}

export const long = readCase(length);
export const short = readCase(8192);

// Starts a server for the tests of one file: { url, stop() }. stop returns how many requests it saw.
export async function serve(options = [], environment = {}) {
  const server = spawn(haymaker, ['serve', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let said = '';
  server.stderr.on('data', (bytes) => (said += bytes));
  const [line] = await once(createInterface(server.stdout), 'line');
  const exit = once(server, 'exit');
  return {
    url: line.replace('listening on ', ''),
    async stop() {
      server.kill('SIGTERM');
      const [code] = await exit;
      if (code !== 0) {
        throw new Error(`haymaker serve ended with ${code}: ${said}`);
      }
      return Number(/: ([\d,]+) requests served/.exec(said)[1].replaceAll(',', ''));
    },
  };
}

// Whether a prompt's tokens are those of the case, as bytes / 4.9 tells them.
export function isCount(count, wanted) {
  return count > wanted * 0.85 && count < wanted * 1.15;
}

// The rejection of a promise, or of a stream that it gives.
export async function failure(promise) {
  try {
    const stream = await promise;
    for await (const event of stream[Symbol.asyncIterator] ? stream : []) {
      void event;
    }
  } catch (error) {
    return error;
  }
  throw new Error('nothing failed');
}
