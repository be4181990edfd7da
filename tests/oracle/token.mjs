// Compares the ids of `haymaker count --ids` with npm tiktoken, the wasm build of OpenAI's own code,
// on seeded random strings and on megabytes of text, with each scanner that the processor supports.
// Under sanitizers ctest sets the variables lower; the last line says what was compared.
//
// Usage: node token.mjs HAYMAKER MODULES_FOLDER
// Environment: HAYMAKER_ORACLE_STRINGS (12000), HAYMAKER_ORACLE_CHARACTERS of each text (100000),
// HAYMAKER_ORACLE_TEXTS: a folder of more texts, HAYMAKER_ORACLE_SEED (strings)
//
// The whole of it, some ten minutes, with the texts that tests/bench/texts.py makes:
//   HAYMAKER_ORACLE_STRINGS=1000000 HAYMAKER_ORACLE_CHARACTERS=Infinity HAYMAKER_ORACLE_TEXTS=… node …
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Random } from './random.mjs';
import { completed, longPieces, randomString, scriptText, scripts } from './text.mjs';

const haymaker = resolve(process.argv[2]);
const modules = resolve(process.argv[3]);
const stringCount = Number(process.env.HAYMAKER_ORACLE_STRINGS ?? 12000);
const charactersMax = Number(process.env.HAYMAKER_ORACLE_CHARACTERS ?? 1e5);
const { get_encoding: getEncoding } = createRequire(join(modules, 'x.js'))('tiktoken');
const encodings = ['o200k_base', 'cl100k_base'];

const folder = mkdtempSync(join(tmpdir(), 'haymaker-oracle-'));
let differences = 0;

function run(encoding, scanner, options) {
  const ran = spawnSync(haymaker, ['count', '--encoding', encoding, ...options], {
    encoding: 'latin1',
    maxBuffer: 2 ** 30,
    env: { ...process.env, HAYMAKER_SIMD: scanner },
  });
  if (ran.status !== 0) {
    throw new Error(`haymaker count ${options[0]}: ${ran.error ?? ran.stderr}`);
  }
  return ran.stdout;
}

const scanners = ['scalar', 'avx2', 'avx512'].filter((name) => {
  try {
    return run(encodings[0], name, ['/dev/null']) !== '';
  } catch (error) {
    if (!String(error).includes('lacks the instructions')) {
      throw error;
    }
    return false;
  }
});

// The lines of ids, which must be the same with every scanner, and counts that agree with them.
function count(encoding, options) {
  const [ids, ...others] = scanners.map((name) => run(encoding, name, ['--ids', ...options]));
  const lines = ids.split('\n').slice(0, -1);
  const counts = run(encoding, '', options).split('\n');

  others.forEach((other, i) => {
    if (other !== ids) {
      differences += 1;
      console.log(`${encoding}: ${scanners[i + 1]} differs from ${scanners[0]} on ${options.at(-1)}`);
    }
  });
  lines.forEach((line, i) => {
    if (Number(counts[i].split('\t')[0]) !== (line === '' ? 0 : line.split(' ').length)) {
      differences += 1;
      console.log(`${encoding}: line ${i}: ${counts[i]} tokens, but other ids: ${line.slice(0, 60)}`);
    }
  });
  return lines;
}

function compare(encoding, name, expected, found) {
  if (expected === found) {
    return;
  }
  differences += 1;
  if (differences > 10) {
    return;
  }
  const wanted = expected.split(' ');
  const got = (found ?? '').split(' ');
  const at = wanted.findIndex((id, i) => id !== got[i]);
  console.log(`${encoding}: ${name}: from id ${at} on`);
  console.log(`  tiktoken ${wanted.slice(at, at + 8).join(' ')}`);
  console.log(`  haymaker ${got.slice(at, at + 8).join(' ')}`);
}

// Tokens that take parts of characters, with the rest of those: where merging can go wrong.
function brokenTokens(tokenizer) {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const tokens = [];

  for (let id = 0; id < 100256; id += 1) {
    const bytes = tokenizer.decode_single_token_bytes(id);
    try {
      utf8.decode(bytes);
    } catch {
      tokens.push(bytes);
    }
  }
  return tokens;
}

function makeStrings(tokenizers) {
  const random = new Random(process.env.HAYMAKER_ORACLE_SEED ?? 'strings');
  const broken = tokenizers.flatMap(([, tokenizer]) => brokenTokens(tokenizer));

  return Array.from({ length: stringCount }, (_, i) =>
    i % 4 === 3
      ? completed(random, random.of(broken)) + randomString(random) + completed(random, random.of(broken))
      : randomString(random),
  );
}

function compareStrings(tokenizers) {
  const strings = makeStrings(tokenizers);
  const file = join(folder, 'strings.jsonl');

  writeFileSync(file, strings.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  for (const [encoding, tokenizer] of tokenizers) {
    const found = count(encoding, ['--jsonl', 'text', file]);
    strings.forEach((text, i) => {
      compare(encoding, JSON.stringify(text), tokenizer.encode_ordinary(text).join(' '), found[i]);
    });
    if (found.length !== strings.length) {
      throw new Error(`${encoding}: ${found.length} lines for ${strings.length} strings`);
    }
  }
  return strings.length;
}

function made(name, text) {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

// Interface texts in 30 languages, words of scripts that English lacks, single pieces of thousands
// of bytes, base64, code and prose.
function textFiles() {
  const languages = join(modules, 'echarts/i18n');
  const speeches = join(modules, '.haymaker-sotu/package/data');
  const named = (directory, pattern) =>
    readdirSync(directory)
      .filter((name) => pattern.test(name))
      .sort()
      .map((name) => join(directory, name));

  const more = process.env.HAYMAKER_ORACLE_TEXTS;
  return [
    ...(more === undefined ? [] : named(resolve(more), /\.txt$/)),
    ...named(languages, /^lang[A-Za-z-]*\.js$/),
    ...scripts.map(([name, letters]) => made(name, scriptText(new Random(name), letters, 700000))),
    ...longPieces(new Random('long')).map(([name, text]) => made(name, text)),
    join(modules, 'tiktoken/encoders/o200k_base.json'),
    join(modules, 'echarts/dist/echarts.js'),
    ...named(speeches, /\.txt$/),
  ];
}

// Each as [name, file to count, its text].
function texts() {
  return textFiles().map((file, i) => {
    const text = readFileSync(file, 'utf8');
    if (text.length <= charactersMax) {
      return [file, file, text];
    }
    const cut = text.slice(0, charactersMax).replace(/[\uD800-\uDFFF]/gu, '\uFFFD');
    return [file, made(`cut-${i}`, cut), cut];
  });
}

function compareTexts(tokenizers) {
  const taken = texts();
  const files = taken.map(([, file]) => file);

  for (const [encoding, tokenizer] of tokenizers) {
    const found = count(encoding, files);
    taken.forEach(([name, , text], i) => {
      compare(encoding, name, tokenizer.encode_ordinary(text).join(' '), found[i]);
    });
  }
  return [taken.length, taken.reduce((sum, [, , text]) => sum + Buffer.byteLength(text), 0)];
}

// tiktoken cannot be given bytes that are no UTF-8, but it can say what bytes ids stand for.
function compareBytes(tokenizers) {
  const random = new Random('bytes');
  const bytes = Uint8Array.from({ length: 200000 }, () =>
    random.below(3) === 0 ? random.between(0x20, 0x7e) : random.below(256),
  );
  const file = made('bytes', bytes);

  for (const [encoding, tokenizer] of tokenizers) {
    const [line] = count(encoding, [file]);
    const decoded = tokenizer.decode(Uint32Array.from(line.split(' '), Number));
    if (Buffer.compare(Buffer.from(decoded), Buffer.from(bytes)) !== 0) {
      differences += 1;
      console.log(`${encoding}: the ids of ${bytes.length} random bytes stand for other bytes`);
    }
  }
  return bytes.length;
}

try {
  const tokenizers = encodings.map((name) => [name, getEncoding(name)]);
  const strings = compareStrings(tokenizers);
  const [files, bytes] = compareTexts(tokenizers);
  const randomBytes = compareBytes(tokenizers);

  console.log(
    `${encodings.join(' and ')} (${scanners.join(', ')}): ${strings} random strings, ${files} texts of ` +
      `${(bytes / 1e6).toFixed(1)} MB and ${randomBytes} random bytes compared with npm ` +
      `tiktoken, ${differences} differences`,
  );
  process.exitCode = differences === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
