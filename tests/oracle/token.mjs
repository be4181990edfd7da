// Compares the ids of `haymaker count --ids` with npm tiktoken, the wasm build of OpenAI's own code,
// on seeded random strings and on megabytes of text. Under sanitizers ctest sets the variables lower;
// the last line says what was compared.
//
// Usage: node token.mjs HAYMAKER MODULES_FOLDER
// Environment: HAYMAKER_ORACLE_STRINGS (100000), HAYMAKER_ORACLE_CHARACTERS of each text (all)
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Random } from './random.mjs';
import { longPieces, randomString, scriptText, scripts } from './text.mjs';

const haymaker = resolve(process.argv[2]);
const modules = resolve(process.argv[3]);
const stringCount = Number(process.env.HAYMAKER_ORACLE_STRINGS ?? 100000);
const charactersMax = Number(process.env.HAYMAKER_ORACLE_CHARACTERS ?? Infinity);
const { get_encoding: getEncoding } = createRequire(join(modules, 'x.js'))('tiktoken');
const encodings = ['o200k_base', 'cl100k_base'];

const folder = mkdtempSync(join(tmpdir(), 'haymaker-oracle-'));
let differences = 0;

function count(encoding, options) {
  const ran = spawnSync(haymaker, ['count', '--encoding', encoding, '--ids', ...options], {
    encoding: 'latin1',
    maxBuffer: 2 ** 30,
  });
  if (ran.status !== 0) {
    throw new Error(`haymaker count ${options[0]}: ${ran.error ?? ran.stderr}`);
  }
  return ran.stdout.split('\n').slice(0, -1);
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

function compareStrings(tokenizers) {
  const random = new Random('strings');
  const strings = Array.from({ length: stringCount }, () => randomString(random));
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

  return [
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
    `${encodings.join(' and ')}: ${strings} random strings, ${files} texts of ` +
      `${(bytes / 1e6).toFixed(1)} MB and ${randomBytes} random bytes compared with npm ` +
      `tiktoken, ${differences} differences`,
  );
  process.exitCode = differences === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
