// How fast tokenizers from npm are on the same texts as bench_token, in lines of the same form.
//
// Usage: node bench_token_peers.mjs NODE_MODULES [--bytes N] [--runs N] FILE…
//
//   {"name":"english","peer":"tiktoken 1.0.22","operation":"encode","state":"cold",
//    "encoding":"o200k_base","mb_per_s":5.9,"bytes":10000000,"tokens":1926071}
//
// Each peer reads each file in a process of its own: "cold" is the first pass, "warm" the median of
// N later ones (default 3). Times are processor time, MB a million bytes. --bytes cuts the texts, for
// a quick look. A peer that is not installed is named on standard error and left out.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Each opens its package and gives what there is to measure: text -> number of tokens.
const peers = {
  tiktoken(require) {
    const encoding = require('tiktoken').get_encoding('o200k_base');
    return { encode: (text) => encoding.encode_ordinary(text).length };
  },
  'gpt-tokenizer'(require) {
    const { encode, countTokens } = require('gpt-tokenizer/encoding/o200k_base');
    return { encode: (text) => encode(text).length, count: countTokens };
  },
  'ai-tokenizer'(require) {
    const { default: Tokenizer } = require('ai-tokenizer');
    const tokenizer = new Tokenizer(require('ai-tokenizer/encoding').o200k_base);
    return {
      encode: (text) => tokenizer.encode(text).length,
      count: (text) => tokenizer.count(text),
    };
  },
};

function timed(operation, text) {
  const start = process.cpuUsage();
  const tokens = operation(text);
  const { user, system } = process.cpuUsage(start);
  return { seconds: (user + system) / 1e6, tokens };
}

// In a child process.
function measure(modules, peer, operation, file, bytesMax, runs) {
  const require = createRequire(join(modules, 'x.js'));
  const run = peers[peer](require)[operation];
  const text = readFileSync(file).subarray(0, bytesMax).toString('utf8');
  const bytes = Buffer.byteLength(text);
  const version = JSON.parse(readFileSync(join(modules, peer, 'package.json'))).version;
  const report = (state, { seconds, tokens }) => ({
    name: basename(file).replace(/\..*/, ''),
    peer: `${peer} ${version}`,
    operation,
    state,
    encoding: 'o200k_base',
    mb_per_s: Number((bytes / seconds / 1e6).toFixed(2)),
    bytes,
    tokens,
  });

  console.log(JSON.stringify(report('cold', timed(run, text))));
  const warm = Array.from({ length: runs }, () => timed(run, text));
  warm.sort((a, b) => a.seconds - b.seconds);
  console.log(JSON.stringify(report('warm', warm[Math.floor(runs / 2)])));
}

function isInstalled(modules, peer) {
  try {
    readFileSync(join(modules, peer, 'package.json'));
    return true;
  } catch {
    console.error(`bench_token_peers: ${peer} is not installed: left out`);
    return false;
  }
}

function main([folder, ...rest]) {
  const modules = resolve(folder);
  const files = [];
  let bytes = Infinity;
  let runs = 3;

  while (rest.length !== 0) {
    const argument = rest.shift();
    if (argument === '--bytes') {
      bytes = Number(rest.shift());
    } else if (argument === '--runs') {
      runs = Number(rest.shift());
    } else if (argument === '--one') {
      const [peer, operation, file] = rest;
      return measure(modules, peer, operation, file, bytes, runs);
    } else {
      files.push(argument);
    }
  }
  const self = fileURLToPath(import.meta.url);
  for (const peer of Object.keys(peers).filter((name) => isInstalled(modules, name))) {
    for (const operation of peer === 'tiktoken' ? ['encode'] : ['encode', 'count']) {
      for (const file of files) {
        const limits = ['--bytes', String(bytes), '--runs', String(runs)];
        const one = [self, modules, ...limits, '--one', peer, operation, file];
        const ran = spawnSync(process.execPath, one, { stdio: ['ignore', 'inherit', 'inherit'] });
        if (ran.status !== 0) {
          throw new Error(`${peer} ended with ${ran.status ?? ran.signal} on ${file}`);
        }
      }
    }
  }
}

main(process.argv.slice(2));
