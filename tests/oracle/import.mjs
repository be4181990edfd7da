// `haymaker generate` written as Parquet by two independent writers, in openai/mrcr's old layout (a
// file for each number of needles) and its new one (two shards each), imports back to the same
// prompts; a list column (openai/graphwalks) is read as well.
//
// Usage: node import.mjs HAYMAKER MODULES_FOLDER
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const haymaker = resolve(process.argv[2]);
const modules = resolve(process.argv[3]);
const load = (path) => import(pathToFileURL(join(modules, path)));
const { parquetWriteBuffer } = await load('hyparquet-writer/src/index.js');
const { Compression, WriterPropertiesBuilder, readParquet, writeParquet } = await load(
  'parquet-wasm/node/parquet_wasm.js',
);
const folder = mkdtempSync(join(tmpdir(), 'haymaker-import-'));

function run(...options) {
  const ran = spawnSync(haymaker, options, { encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (ran.status !== 0) {
    throw new Error(`haymaker ${options.join(' ')}: ${ran.stderr}`);
  }
  return ran.stdout;
}

const parse = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));

function check(what, found, expected) {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`${what}: ${JSON.stringify(found).slice(0, 300)}, not ${JSON.stringify(expected).slice(0, 300)}`);
  }
}

const texts = ['prompt', 'answer', 'random_string_to_prepend', 'date_added'];
const counts = ['n_needles', 'desired_msg_index', 'total_messages', 'n_chars'];

function mrcr(rows) {
  const columnData = [
    ...texts.map((name) => ({ name, type: 'STRING', data: rows.map((row) => row[name]) })),
    ...counts.map((name) => ({ name, type: 'INT64', data: rows.map((row) => BigInt(row[name])) })),
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData, pageSize: 2 ** 30 }));
}

// arrow-rs with the defaults of the hub's own tools: dictionaries first, Snappy, v1 pages.
function again(bytes, compression) {
  const properties = new WriterPropertiesBuilder().setCompression(compression).build();
  return writeParquet(readParquet(bytes), properties);
}

function save(name, bytes) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

function importAs(format, paths, ...options) {
  const out = join(folder, 'cases.jsonl');
  run('import', format, ...paths, ...options, '-o', out);
  return parse(readFileSync(out, 'utf8')).slice(1);
}

const fingerprints = (rows) => rows.map((row) => row.fingerprint);
let imported = 0;

for (const needles of [2, 8]) {
  const rows = parse(run('generate', '--needles', String(needles), '--lengths', '8k:64k', '--samples', '2'));
  const half = rows.length / 2;
  const layouts = [
    [save(`${needles}needle.parquet`, mrcr(rows))],
    [save(`${needles}needle_snappy.parquet`, again(mrcr(rows), Compression.SNAPPY))],
    [save(`${needles}needle_zstd.parquet`, again(mrcr(rows), Compression.ZSTD))],
    [
      save(`${needles}needle/${needles}needle_0.parquet`, mrcr(rows.slice(0, half))),
      save(`${needles}needle/${needles}needle_1.parquet`, again(mrcr(rows.slice(half)), Compression.GZIP)),
    ],
  ];
  for (const paths of layouts) {
    const cases = importAs('openai-mrcr', paths);
    check(paths[0], fingerprints(cases), fingerprints(rows));
    check(paths[0], cases.map((row) => row.prompt_tokens), rows.map((row) => row.prompt_tokens));
    imported += cases.length;
  }
}

// The sweep reads the rows again, out of order, from two shards.
run('sweep', '--cases', join(folder, 'cases.jsonl'), '-q', '-o', join(folder, 'r.json'));
const result = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8'));
check('scores', result.trials.map((trial) => trial.score), result.trials.map(() => 1));

const walks = [
  ['aa -> bb\ncc -> bb\nFind the parents of node bb.\n', ['aa', 'cc'], 'parents'],
  ['aa -> bb\nPerform a BFS from node aa with depth 2.\n', [], 'bfs'],
];
const listSchema = [
  { name: 'root', num_children: 3 },
  { name: 'prompt', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'answer_nodes', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'problem_type', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
];
const columnData = ['prompt', 'answer_nodes', 'problem_type'].map((name, i) => ({
  name,
  data: walks.map((row) => row[i]),
}));
const bytes = new Uint8Array(parquetWriteBuffer({ columnData, schema: listSchema }));
for (const version of [bytes, again(bytes, Compression.SNAPPY)]) {
  const cases = importAs('graphwalks', [save('walks.parquet', version)], '--grader', 'openai-mrcr');
  check('graphwalks', cases.map((row) => row.row), [0, 1]);
  imported += cases.length;
}

rmSync(folder, { recursive: true });
console.log(`${imported} rows imported from Parquet, ${result.trials.length} of them answered`);
