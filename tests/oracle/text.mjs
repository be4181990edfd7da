// Random text that visits every alternative of the split patterns and every plane of Unicode.

const chars = (text) => Array.from(text);
const range = (low, high) => (random) => String.fromCodePoint(random.between(low, high));
const one = (list) => (random) => random.of(list);

const blanks = chars(
  ' \t\v\f\u0085\u00a0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000' +
    // Look blank to some engines, are not White_Space:
    '\u001c\u001f\u180e\u200b\ufeff',
);
const contractions = ['s', 't', 're', 've', 'm', 'll', 'd', 'S', 'RE', 'vE', 'Ll', '\u017f', 'x'];
const quotes = ["'", "'", "'", '\u2019', "''"];
const titleOrModifier = chars('\u01c5\u01c8\u1f88\u1ffc\u02b0\u02bc\u0640\u3005\u30fc\uff70\u00aa\u00ba');
const marks = chars('\u0301\u0308\u0327\u0483\u0903\u093e\u20dd\u20e3\u3099\ufe0f\u{1d165}\u{e0100}');
const numbers = chars('0123456789\u00b2\u00bc\u0663\u0967\u2167\u3007\u4e00\uff15\u{1d7d8}\u{10107}');
const letters = chars('abcxyzABCXYZ\u00e9\u00c9\u00df\u0130\u0131\u0394\u03c9\u0416\u0436\u05d0\u0628\u0905');
// Letters, digits and symbols of Unicode 15.1 and 16.0: unassigned in older tables.
const recent = chars('\u1c89\u1c8a\ua7cb\ua7cd\ua7da\ua7db\u{10d40}\u{10d50}\u{10d70}\u{1cc00}\u{1ccf0}\u{16d40}\u{1e5d0}\u{1e5f1}\u{2ebf0}\u{2ffc}');
const symbols = chars('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\u00a7\u20ac\u2014\u3002\uff01\u{1f600}\u{1f3fd}');
const emoji = [
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\u{1f44d}\u{1f3fd}',
  '\u{1f1e9}\u{1f1ea}',
  '\u2764\ufe0f',
  '7\ufe0f\u20e3',
];

function anyCharacter(random) {
  const code = random.below(0x110000 - 0x800);
  return String.fromCodePoint(code < 0xd800 ? code : code + 0x800);
}

// Several times the same character: runs are where alternatives give back and merges chain.
function run(random) {
  const length = random.below(40) === 0 ? random.between(50, 400) : random.between(2, 12);
  return random.of([random.of(blanks), '\n', ' ', 'a', '\u4e00', '=', '7', anyCharacter(random)]).repeat(
    length,
  );
}

function base64(random) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return Array.from({ length: random.between(4, 200) }, () => alphabet[random.below(64)]).join('');
}

function lowerCase(random) {
  return Array.from({ length: random.between(1, 90) }, () => range(0x61, 0x7a)(random)).join('');
}

const kinds = [
  one(blanks),
  one(blanks),
  () => ' ',
  one(['\n', '\r', '\r\n', '\n\n', '/\n', '//', '\n/']),
  (random) => random.of(quotes) + random.of(contractions),
  one(titleOrModifier),
  one(marks),
  one(numbers),
  one(letters),
  one(letters),
  one(recent),
  one(symbols),
  one(symbols),
  one(emoji),
  one(['the', 'The', 'THE', 'tHe', 'McDonald', 'we', 'I', 'naive', '<|endoftext|>', 'http://']),
  range(0x20, 0x7e),
  range(0xa0, 0x24f),
  range(0x300, 0x36f),
  range(0x370, 0x5ff),
  range(0x900, 0xdff),
  range(0x3040, 0x30ff),
  range(0x4e00, 0x9fff),
  range(0xac00, 0xd7a3),
  range(0x10000, 0x1ffff),
  anyCharacter,
];
const longKinds = [run, base64, lowerCase];

export function randomString(random) {
  const parts = [];

  for (let left = random.between(1, 24); left !== 0; left -= 1) {
    parts.push(random.of(random.below(30) === 0 ? longKinds : kinds)(random));
  }
  return parts.join('');
}

// Bytes made well-formed by others before and after them, or with U+FFFD where none were found.
export function completed(random, bytes) {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const continuing = (count) => Array.from({ length: count }, () => random.between(0x80, 0xbf));

  for (let attempt = 0; attempt < 60; attempt += 1) {
    const before = random.below(3);
    const head = before === 0 ? [] : [random.between(0xc2, 0xf4), ...continuing(before - 1)];
    try {
      return utf8.decode(Uint8Array.from([...head, ...bytes, ...continuing(random.below(3))]));
    } catch {
      // Another attempt.
    }
  }
  return Buffer.from(bytes).toString('utf8');
}

// Where words of each script's letters come from; capitals only where the script has them.
export const scripts = [
  ['latin', [0x61, 0x7a, 0xdf, 0xf6, 0xf8, 0x17e]],
  ['cyrillic', [0x430, 0x44f, 0x430, 0x44f, 0x450, 0x45f]],
  ['arabic', [0x620, 0x64a, 0x620, 0x652]],
  ['devanagari', [0x905, 0x939, 0x93e, 0x94d]],
  ['han', [0x4e00, 0x4fff, 0x5b00, 0x62ff, 0x6700, 0x7aff]],
  ['hangul', [0xac00, 0xd7a3]],
];

// Sentences over 3,000 words of which the first are the commonest, as in real language.
export function scriptText(random, letters, bytes) {
  const letter = () => {
    const at = 2 * random.below(letters.length / 2);
    return String.fromCodePoint(random.between(letters[at], letters[at + 1]));
  };
  const words = Array.from({ length: 3000 }, () =>
    Array.from({ length: random.between(1, 10) }, letter).join(''),
  );
  const out = [];

  for (let size = 0; size < bytes; ) {
    let word = words[Math.floor(3000 ** (random.below(1000) / 1000)) - 1];
    if (random.below(8) === 0) {
      word = word[0].toUpperCase() + word.slice(1);
    }
    word += random.of([' ', ' ', ' ', ' ', ' ', '', ', ', '. ', '\u3002', '\u060c ', '.\n', ' 2026 ']);
    out.push(word);
    size += Buffer.byteLength(word);
  }
  return out.join('');
}

// Text in which nothing ends a piece.
export function longPieces(random) {
  const letters = (low, high, count) => Array.from({ length: count }, () => range(low, high)(random));

  return [
    ['one-letter', 'a'.repeat(20001)],
    ['blanks', `${' '.repeat(20000)}x`],
    ['signs', '=-'.repeat(10000)],
    ['lower-case', letters(0x61, 0x7a, 20000).join('')],
    ['two-letters', letters(0x61, 0x62, 20000).join('')],
    ['ideographs', letters(0x4e00, 0x9fff, 10000).join('')],
    ['commonest-ideographs', letters(0x4e00, 0x4eff, 10000).join('')],
  ];
}
