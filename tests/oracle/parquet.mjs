// Files written by two independent Parquet writers, hyparquet-writer (JavaScript) and parquet-wasm
// (arrow-rs in WebAssembly), in every codec, page version and encoding that our reader promises, read
// back equal in both directions; what it does not promise is refused by name; damaged copies never
// end the process.
//
// Usage: node parquet.mjs PARQUET_READ MODULES_FOLDER [DAMAGE_ROUNDS [FOLDER]]. The files stay in FOLDER
// when it is given: the small ones are seeds for the fuzzer.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { Random } from './random.mjs';

const reader = resolve(process.argv[2]);
const modules = resolve(process.argv[3]);
const rounds = process.argv[4] ?? '100';
const load = (path) => import(pathToFileURL(join(modules, path)));
const { parquetWriteBuffer } = await load('hyparquet-writer/src/index.js');
const wasm = await load('parquet-wasm/node/parquet_wasm.js');

const kept = process.argv[5];
const folder = kept ?? mkdtempSync(join(tmpdir(), 'haymaker-parquet-'));
mkdirSync(folder, { recursive: true });
const random = new Random('parquet');
let compared = 0;
let refused = 0;
const failures = [];

function texts(count, bytes) {
  const words = ['needle', 'hay', 'čaj', '針', '🪡', 'field', '"quoted"', 'a\tb', ''];
  const one = (size) => {
    let text = `row ${random.below(1e6)} `;
    while (text.length < size) {
      text += `${words[random.below(words.length)]} `;
    }
    return text;
  };
  return Array.from({ length: count }, () => one(random.below(bytes)));
}

const withNulls = (values) => values.map((value) => (random.below(5) === 0 ? null : value));

// `rows` rows; the long texts have up to `bytes` characters.
function makeColumns(rows, bytes) {
  const big = Array.from({ length: rows }, (_, i) => [-(2n ** 63n), 2n ** 63n - 1n, 0n, BigInt(i)][i % 4]);
  const ratios = Array.from({ length: rows }, (_, i) => [NaN, -0, Infinity, 1e-310, i / 3][i % 5]);
  return [
    { name: 'flag', type: 'BOOLEAN', data: withNulls(big.map((_, i) => i % 3 === 0)) },
    { name: 'runs', type: 'BOOLEAN', nullable: false, data: big.map((_, i) => i % 100 < 60) },
    { name: 'small', type: 'INT32', data: withNulls(big.map((_, i) => (i % 2 ? -i * 1009 : i))) },
    { name: 'big', type: 'INT64', nullable: false, data: big },
    { name: 'ratio', type: 'DOUBLE', data: withNulls(ratios) },
    { name: 'single', type: 'FLOAT', nullable: false, data: ratios.map((_, i) => i / 4) },
    { name: 'word', type: 'STRING', data: withNulls(big.map((_, i) => ['2', '4', '8'][i % 3])) },
    { name: 'nothing', type: 'STRING', data: big.map(() => null) },
    { name: 'text', type: 'STRING', nullable: false, data: texts(rows, bytes) },
  ];
}

function bits(number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return `"${view.getBigUint64(0).toString(16).padStart(16, '0')}"`;
}

function cell(type, value) {
  if (value === null || value === undefined) {
    return 'null';
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => cell(type, item)).join(',')}]`;
  }
  return type === 'DOUBLE' || type === 'FLOAT'
    ? bits(value)
    : type === 'STRING'
      ? JSON.stringify(value)
      : String(value);
}

function linesOf(columns) {
  return columns[0].data.map((_, i) => `[${columns.map((c) => cell(c.type, c.data[i])).join(',')}]`);
}

function run(...options) {
  return spawnSync(reader, options, { encoding: 'utf8', maxBuffer: 2 ** 30 });
}

function save(name, bytes) {
  const path = join(folder, `${name}.parquet`);
  writeFileSync(path, new Uint8Array(bytes));
  return path;
}

function expectRows(name, bytes, lines) {
  const path = save(name, bytes);
  for (const [options, expected] of [
    [[path], lines],
    [['--backward', path], lines.toReversed()],
  ]) {
    const ran = run(...options);
    const found = ran.stdout.split('\n').slice(0, -1);
    const at = expected.findIndex((line, i) => line !== found[i]);
    if (ran.status !== 0 || found.length !== expected.length || at >= 0) {
      failures.push(
        `${name} ${options[0]}: ${ran.stderr || ran.signal || `row ${at}`}\n  wrote ${expected[at]?.slice(0, 200)}\n` +
          `  read  ${found[at]?.slice(0, 200)}`,
      );
    }
    compared += expected.length;
  }
  return path;
}

function expectRefusal(name, bytes, word) {
  const ran = run(save(name, bytes));
  if (ran.status !== 1 || !ran.stderr.includes(word)) {
    failures.push(`${name}: not refused as ${word}: ${ran.status} ${ran.signal} ${ran.stderr}`);
  }
  refused += 1;
}

const compressors = { GZIP: (bytes) => gzipSync(bytes), ZSTD: (bytes) => zstdCompressSync(bytes) };
const write = (columnData, options = {}) =>
  parquetWriteBuffer({ columnData, compressors, rowGroupSize: 150, ...options });

const columns = makeColumns(400, 200);
const lines = linesOf(columns);
const undamaged = [];

// The JavaScript writer: its own dictionary choice, pages of every size, and PLAIN throughout.
for (const codec of ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD']) {
  for (const pageSize of [500, 20000, undefined]) {
    undamaged.push(expectRows(`js-${codec}-${pageSize}`, write(columns, { codec, pageSize }), lines));
  }
  const plain = columns.map((column) => ({ ...column, encoding: 'PLAIN' }));
  expectRows(`js-${codec}-plain`, write(plain, { codec, pageSize: 5000 }), lines);
}
expectRows('js-statistics', write(columns, { statisticsTruncateLength: Infinity }), lines);

// Lists: absent, empty, of one and of many, over several pages.
const lists = [
  {
    name: 'nodes',
    type: 'STRING',
    data: lines.map((_, i) => (i % 7 === 0 ? null : texts(i % 5, 30))),
  },
  { name: 'row', type: 'INT32', nullable: false, data: lines.map((_, i) => i) },
];
const listSchema = [
  { name: 'root', num_children: 2 },
  { name: 'nodes', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'row', type: 'INT32', repetition_type: 'REQUIRED' },
];
const listData = lists.map(({ name, data }) => ({ name, data }));
const listBytes = write(listData, { schema: listSchema, pageSize: 2000 });
undamaged.push(expectRows('js-lists', listBytes, linesOf(lists)));

// arrow-rs writes the same tables anew, v1 pages and v2.
const { Compression, Encoding, WriterPropertiesBuilder, WriterVersion } = wasm;
function rewrite(bytes, { compression, version, isDictionary, pageBytes, encoding }) {
  let properties = new WriterPropertiesBuilder()
    .setCompression(compression)
    .setWriterVersion(version)
    .setDictionaryEnabled(isDictionary)
    .setDataPageSizeLimit(pageBytes)
    .setWriteBatchSize(64)
    .setMaxRowGroupSize(170);
  properties = encoding === undefined ? properties : properties.setEncoding(encoding);
  return wasm.writeParquet(wasm.readParquet(new Uint8Array(bytes)), properties.build());
}
const source = write(columns);
const versions = { v1: WriterVersion.V1, v2: WriterVersion.V2 };
for (const codec of ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD']) {
  for (const [name, version] of Object.entries(versions)) {
    for (const isDictionary of [false, true]) {
      const options = { compression: Compression[codec], version, isDictionary, pageBytes: 4000 };
      options.encoding = Encoding.PLAIN;
      const title = `rust-${codec}-${name}-${isDictionary ? 'dictionary' : 'plain'}`;
      undamaged.push(expectRows(title, rewrite(source, options), lines));
      expectRows(`${title}-lists`, rewrite(listBytes, options), linesOf(lists));
    }
  }
}

// Long texts: values larger than any buffer, a dictionary larger than is kept, a page of 6 MB.
const long = [
  { name: 'text', type: 'STRING', nullable: false, data: texts(12, 1e6) },
  { name: 'row', type: 'INT32', nullable: false, data: Array.from({ length: 12 }, (_, i) => i) },
];
for (const codec of ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD']) {
  const bytes = write(long, { codec, pageSize: 2 ** 30 });
  expectRows(`js-${codec}-long`, bytes, linesOf(long));
  const twice = long.map((column) => ({ ...column, data: [...column.data, ...column.data, ...column.data] }));
  expectRows(`js-${codec}-long-dictionary`, write(twice, { codec, pageSize: 2 ** 30 }), linesOf(twice));
}

// What is not read is named.
const numbers = [{ name: 'n', type: 'INT32', nullable: false, data: lines.map((_, i) => i * i) }];
const strings = [{ name: 's', type: 'STRING', nullable: false, data: texts(100, 20) }];
expectRefusal('delta', write([{ ...numbers[0], encoding: 'DELTA_BINARY_PACKED' }]), 'DELTA_BINARY_PACKED');
for (const encoding of ['DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY']) {
  expectRefusal(encoding, write([{ ...strings[0], encoding }]), encoding);
}
expectRefusal('split', write([{ ...numbers[0], encoding: 'BYTE_STREAM_SPLIT' }]), 'BYTE_STREAM_SPLIT');
for (const codec of ['BROTLI', 'LZ4_RAW']) {
  const options = { compression: Compression[codec], version: versions.v1, isDictionary: true, pageBytes: 4000 };
  expectRefusal(codec, rewrite(source, options), codec);
}
expectRefusal('time', write([{ name: 't', type: 'UUID', data: ['01234567-89ab-cdef-0123-456789abcdef'] }]), 'FIXED');
expectRefusal('json', new TextEncoder().encode('{"prompt": "no parquet"}\n'), 'not a Parquet file');
expectRefusal('empty', new Uint8Array(0), 'too short');

// Damage: every kind of file, flipped bits and cut ends.
let damaged = 0;
for (const path of undamaged) {
  const ran = run('--damage', '11', rounds, path);
  if (ran.status !== 0 || !(Number.parseInt(ran.stdout, 10) > 0)) {
    failures.push(`${path}: damage: ${ran.signal ?? ''} ${ran.stdout} ${ran.stderr.slice(0, 2000)}`);
  }
  damaged += Number(rounds);
}

if (kept === undefined) {
  rmSync(folder, { recursive: true });
}
for (const failure of failures) {
  console.error(failure);
}
console.log(`${compared} rows compared, ${refused} files refused by name, ${damaged} damaged copies read`);
process.exit(failures.length === 0 ? 0 : 1);
