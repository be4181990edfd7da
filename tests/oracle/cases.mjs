// The sizes that `haymaker generate` states, counted again by npm tiktoken (the wasm build of the
// original): prompt_tokens is the sum over messages, answer_tokens the answer with its prefix.
// Usage: node cases.mjs HAYMAKER [full]; without "full" lengths stop at 64K.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { get_encoding } from "tiktoken";

const [haymaker, full] = process.argv.slice(2);
const top = full === "full" ? "1m" : "64k";
const encoder = get_encoding("o200k_base");
const count = (text) => encoder.encode_ordinary(text).length;

async function* rows(...options) {
  const child = spawn(haymaker, ["generate", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    yield JSON.parse(line);
  }
  const code = child.exitCode ?? (await new Promise((done) => child.on("close", done)));
  if (code !== 0) {
    throw new Error(`haymaker generate ${options.join(" ")}: exit ${code}`);
  }
}

let cases = 0;
let wrong = 0;
let tokens = 0;
for (const options of [
  ["--needles", "1,2,4,8", "--lengths", `4k:${top}`, "--samples", "1", "--seed", "3"],
  ["--needles", "3", "--lengths", "4k:64k", "--samples", "5", "--seed", "4", "--fill", "uniform"],
  ["--task", "niah", "--lengths", `4k:${top}`, "--depths", "0:100:50", "--samples", "1", "--seed", "5"],
  ["--task", "graphwalks/bfs", "--lengths", `4k,${top}`, "--samples", "1", "--seed", "6", "--cold"],
  ["--task", "graphwalks/parents", "--lengths", `4k,${top}`, "--samples", "1", "--task-option", "order=shuffled"],
  ...["mrcr-v2", "updates", "absent", "aggregate", "latent"].map((name) =>
    ["--task", name, "--lengths", name === "mrcr-v2" ? `8k,${top}` : `4k,${top}`, "--samples", "1", "--seed", "8"]),
  ...["niah_single_1", "niah_multikey_1", "niah_multikey_3", "niah_multiquery", "vt", "cwe", "fwe"].map((name) =>
    ["--task", `ruler/${name}`, "--lengths", `4k,${top}`, "--samples", "1", "--seed", "7"]),
]) {
  for await (const row of rows(...options)) {
    const messages = JSON.parse(row.prompt);
    const prompt = messages.reduce((sum, message) => sum + count(message.content), 0);
    const answer = count(row.answer);
    cases += 1;
    tokens += prompt;
    if (prompt !== row.prompt_tokens || answer !== row.answer_tokens) {
      wrong += 1;
      console.log(`length ${row.length}, needles ${row.n_needles}, sample ${row.sample}: stated ` +
        `${row.prompt_tokens} + ${row.answer_tokens}, counted ${prompt} + ${answer}`);
    }
  }
}
console.log(`${cases - wrong} passed, ${wrong} failed (${tokens} tokens counted)`);
process.exit(wrong === 0 && cases > 0 ? 0 : 1);
