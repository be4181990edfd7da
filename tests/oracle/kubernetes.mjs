// Checks a Kubernetes object by the published schema, as npm's kubernetes-models has it: kinds of values
// and what is required by its validators; fields that do not exist, which Kubernetes' schema lets pass and
// its server refuses, by its type declarations.
//
// Usage: node kubernetes.mjs MODULES_FOLDER <OBJECT.json. Prints a line for each fault; exit 1 if any.
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = resolve(process.argv[2]);
const object = JSON.parse(readFileSync(0, 'utf8'));

const model = join(modules, 'kubernetes-models', object.apiVersion, object.kind);

// What a declaration says of the fields of a type: {name: {type, file}}, file being where the type is.
function fieldsOf(file) {
  const text = readFileSync(`${file}.d.ts`, 'utf8').replace(/\/\*[^]*?\*\//g, '');
  const imported = new Map();
  for (const [, names, from] of text.matchAll(/import \{([^}]*)\} from "([^"]+)"/g)) {
    const path = from.startsWith('.') ? join(dirname(file), from) : join(modules, from);
    names.split(',').forEach((name) => imported.set(name.trim(), path.replace(/\.js$/, '')));
  }
  const body = new RegExp(`export interface I${basename(file)} [^{]*\\{\\n([^]*?)\\n\\}`).exec(text);
  const fields = {};
  for (const [, name, type] of body?.[1].matchAll(/^ {4}"([^"]+)"\??: (.*)$/gm) ?? []) {
    fields[name] = imported.get(/I[A-Z]\w+/.exec(type)?.[0]);
  }
  return fields;
}

function* unknownFields(value, file, path) {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* unknownFields(item, file, `${path}[${index}]`);
    }
  } else if (file !== undefined && typeof value === 'object' && value !== null) {
    const fields = fieldsOf(file);
    for (const [name, member] of Object.entries(value)) {
      if (name in fields) {
        yield* unknownFields(member, fields[name], `${path}.${name}`);
      } else if (Object.keys(fields).length > 0) { // a quantity, a time: a text with a name of its own
        yield `${path}.${name}: ${basename(file)} has no such field`;
      }
    }
  }
}

const faults = [...unknownFields(object, model, object.kind)];
try {
  const { [object.kind]: Model } = await import(pathToFileURL(`${model}.js`));
  new Model(object).validate();
} catch (error) {
  faults.push(error.message);
}
faults.forEach((fault) => console.log(fault));
process.exitCode = faults.length > 0 ? 1 : 0;
