#include "generators/canary.h"

#include "base/random.h"

enum { LETTERS = 3, DIGITS = 3, CODE_CHARS = LETTERS + DIGITS, LINE_BYTES_MAX = 64 };

static void draw_code(struct random *random, char out[CODE_CHARS])
{
    static const char consonants[] = "BCDFGHJKLMNPQRSTVWXZ";

    for (int i = 0; i < LETTERS; i++) {
        out[i] = consonants[random_below(random, sizeof consonants - 1)];
    }
    for (int i = LETTERS; i < CODE_CHARS; i++) {
        out[i] = (char)('0' + random_below(random, 10));
    }
}

int canary_draw(uint64_t seed, uint32_t sample, struct arena *arena,
                struct str codes[CANARY_PLACES], struct err *err)
{
    struct random random = random_stream(seed, STR("canary"), sample);
    int drawn = 0;

    while (drawn < CANARY_PLACES) {
        char text[CODE_CHARS];
        struct str code = {text, CODE_CHARS};
        int i = 0;

        draw_code(&random, text);
        while (i < drawn && !str_equal(codes[i], code)) {
            i++;
        }
        if (i < drawn) {
            continue;
        }
        codes[drawn] = arena_copy(arena, code);
        if (codes[drawn++].p == NULL) {
            return err_memory(err);
        }
    }
    return 0;
}

void canary_write_fact(enum canary_place place, struct str code, struct buf *out)
{
    buf_appendf(out, "Checkpoint %d of %d: %.*s.", (int)place + 1, CANARY_PLACES, STR_ARG(code));
}

void canary_write_request(struct buf *out)
{
    buf_append(out, STR(" After your answer, and as the only addition to it, write one last line: "
                        "\"Checkpoints:\" and the codes of checkpoints 1, 2 and 3 in order, with a "
                        "dash for each that is not in the text above."));
}

int canary_count_reply(const struct answer_key *key, const struct tokenizer *tokenizer,
                       uint64_t *tokens, struct err *err)
{
    struct buf reply;
    int rc = 0;

    if (key->canary[CANARY_START].len == 0) {
        return tokenizer_count(tokenizer, key->answer, tokens, err);
    }
    buf_init(&reply, key->answer.len + LINE_BYTES_MAX);
    buf_append(&reply, key->answer);
    buf_append(&reply, STR("\nCheckpoints: "));
    for (int i = 0; i < CANARY_PLACES; i++) {
        buf_appendf(&reply, "%s%.*s", i != 0 ? ", " : "", STR_ARG(key->canary[i]));
    }
    rc = buf_check(&reply, "answer", err);
    if (rc == 0) {
        rc = tokenizer_count(tokenizer, buf_str(&reply), tokens, err);
    }
    buf_release(&reply);
    return rc;
}
