#!/bin/sh
# haymaker count, seen from the shell: output, errors and exit codes. Usage: count.sh HAYMAKER
set -u
haymaker=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

# expect STATUS OUTPUT ERROR -- ARGUMENT…: runs with standard input from the file `input`.
expect() {
    status=$1 output=$2 error=$3
    shift 4
    found_output=$("$haymaker" count "$@" <input 2>error)
    found_status=$?
    found_error=$(cat error)
    if [ "$found_status" != "$status" ] || [ "$found_output" != "$output" ] ||
        [ "$found_error" != "$error" ]; then
        printf 'haymaker count %s\n  exit %s, not %s\n  output: %s\n  wanted: %s\n' \
            "$*" "$found_status" "$status" "$found_output" "$output"
        printf '  error:  %s\n  wanted: %s\n' "$found_error" "$error"
        failures=$((failures + 1))
    fi
}

tab=$(printf '\t')
printf 'hello world' >input
printf 'hello world' >two.txt
printf '<|endoftext|>' >seven.txt
: >empty.txt
printf 'one \377\376 two\n' >bytes.txt

expect 0 2 '' --
expect 0 "2${tab}-" '' -- -
expect 0 "2${tab}two.txt" '' -- two.txt
expect 0 "2${tab}two.txt
7${tab}seven.txt
0${tab}empty.txt
9${tab}total" '' -- two.txt seven.txt empty.txt
expect 0 '24912 2375' '' -- --ids two.txt
expect 0 '15339 1917
27 91 8862 728 428 91 29' '' -- -i -e cl100k_base two.txt seven.txt
expect 0 '' '' -- --ids empty.txt
expect 0 "6${tab}bytes.txt" '' -- bytes.txt

expect 3 '' 'haymaker count: none.txt: No such file or directory' -- none.txt
expect 3 '' 'haymaker count: .: Is a directory' -- .
expect 2 '' "haymaker count: --encoding: 'gpt2' is not one of o200k_base, cl100k_base
Try 'haymaker help count'." -- --encoding gpt2
expect 2 '' "haymaker count: --messages needs --jsonl FIELD
Try 'haymaker help count'." -- --messages two.txt

# The text is decoded before it is counted; blank lines are none; CRLF ends a line too.
cat >lines.jsonl <<'END'
{"text": "hello\u0020world", "n": 1}

{"text": "", "n": 2}
{"n": 3, "text": "\ud83d\udc68\u200d\ud83d\udc69"}
END
printf '{"text": "hello"}\r\n{"text": "world"}' >input
expect 0 "2${tab}lines.jsonl:1
0${tab}lines.jsonl:3
5${tab}lines.jsonl:4" '' -- --jsonl text lines.jsonl
expect 0 '24912 2375

28823 101 2524 28823 102' '' -- --ids --jsonl text lines.jsonl
expect 0 '1
1' '' -- --jsonl text
expect 0 "1${tab}-:1
1${tab}-:2
2${tab}lines.jsonl:1
0${tab}lines.jsonl:3
5${tab}lines.jsonl:4
9${tab}total" '' -- --jsonl text - lines.jsonl

printf '{"text": "a"}\n{"text": 1}\n' >bad.jsonl
expect 3 "1${tab}bad.jsonl:1" "haymaker count: bad.jsonl: line 2: field 'text' is not a string" \
    -- --jsonl text bad.jsonl
expect 3 '' "haymaker count: bad.jsonl: line 1: no field 'prompt'" -- --jsonl prompt bad.jsonl
printf '[]\n' >input
expect 3 '' "haymaker count: standard input: line 1: not an object with a field 'text'" \
    -- --jsonl text
printf '{"text": "a"}\n{"text": "b\n' >input
expect 3 1 'haymaker count: standard input: line 2: not JSON: premature end of input near '"'"'"b'"'"' (character 11)' \
    -- --jsonl text

# Messages: as JSON text like openai/mrcr's, as a list, with parts, and with none.
cat >chat.jsonl <<'END'
{"m": "[{\"role\": \"user\", \"content\": \"hello world\"}, {\"role\": \"user\", \"content\": \" hello\"}]"}
{"m": [{"content": [{"type": "text", "text": "hello world"}, {"type": "image"}]}, {"content": null}]}
{"m": []}
END
expect 0 "3${tab}chat.jsonl:1
2${tab}chat.jsonl:2
0${tab}chat.jsonl:3" '' -- --jsonl m --messages chat.jsonl
printf '{"m": "[{]"}' >input
expect 3 '' "haymaker count: standard input: line 1: field 'm' is not JSON text: string or '}' expected near ']' (character 3)" \
    -- --jsonl m --messages
printf '{"m": "{}"}' >input
expect 3 '' "haymaker count: standard input: line 1: field 'm' is not a list of messages" \
    -- --jsonl m --messages
printf '{"m": [{"role": "user"}]}' >input
expect 3 '' "haymaker count: standard input: line 1: field 'm': a message without content" \
    -- --jsonl m --messages

[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
