#include "sim/strategy.h"

#include <stdio.h>

/* From the most particular form of question to the most general. */
static const struct strategy *const strategies[] = {
    &strategy_mrcr,   &strategy_mrcr_v2,   &strategy_graphwalks, &strategy_ruler, &strategy_updates,
    &strategy_absent, &strategy_aggregate, &strategy_latent,     &strategy_niah,
};

static struct str last_paragraph(struct str text)
{
    size_t begin = text.len;

    while (begin >= 2 && !(text.p[begin - 1] == '\n' && text.p[begin - 2] == '\n')) {
        begin--;
    }
    return str_skip(text, begin >= 2 ? begin : 0);
}

/* Where the request for checkpoints begins in the last message, or SIZE_MAX. */
static size_t find_request(struct str message)
{
    struct str paragraph = last_paragraph(message);
    size_t begin = str_find(paragraph, STR(" After your answer, "));
    struct str request = begin != SIZE_MAX ? str_skip(paragraph, begin) : (struct str){0};

    return str_contains(request, STR("\"Checkpoints:\"")) ? message.len - paragraph.len + begin
                                                          : SIZE_MAX;
}

/* Without the "Assistant:" by which a transcript in one message asks for its next turn. */
static struct str last_message(const struct conversation *conversation)
{
    static const struct str turn = STR_INIT("\n\nAssistant:");
    struct str message = conversation_text(conversation, conversation->count - 1);

    return str_ends(message, turn) ? str_take(message, message.len - turn.len) : message;
}

struct str strategy_question(const struct conversation *conversation)
{
    struct str message = last_message(conversation);
    size_t request = find_request(message);

    return request != SIZE_MAX ? str_take(message, request) : message;
}

static bool is_code_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void find_checkpoints(const struct conversation *conversation, struct reading *out)
{
    struct str text = conversation_whole(conversation);

    out->wants_checkpoints = find_request(last_message(conversation)) != SIZE_MAX;
    for (int i = 0; out->wants_checkpoints && i < STRATEGY_CHECKPOINTS; i++) {
        char mark[64];
        int len = snprintf(mark, sizeof mark, "Checkpoint %d of %d: ", i + 1, STRATEGY_CHECKPOINTS);
        size_t at = str_find(text, (struct str){mark, (size_t)len});
        struct str code = at != SIZE_MAX ? str_skip(text, at + (size_t)len) : (struct str){0};
        size_t chars = 0;

        while (chars < code.len && is_code_char(code.p[chars])) {
            chars++;
        }
        out->checkpoints[i] = str_take(code, chars);
    }
}

void strategy_append_checkpoints(const struct reading *reading, struct buf *out)
{
    if (!reading->wants_checkpoints) {
        return;
    }
    buf_append(out, STR("\nCheckpoints:"));
    for (int i = 0; i < STRATEGY_CHECKPOINTS; i++) {
        struct str code = reading->checkpoints[i];

        buf_append(out, i != 0 ? STR(", ") : STR(" "));
        buf_append(out, code.len != 0 ? code : STR("-"));
    }
}

void reading_release(struct reading *reading)
{
    buf_release(&reading->composed);
    *reading = (struct reading){0};
}

const struct strategy *strategy_find(const struct conversation *conversation, struct reading *out)
{
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        *out = (struct reading){0};
        if (strategies[i]->read(conversation, out)) {
            find_checkpoints(conversation, out);
            return strategies[i];
        }
    }
    return NULL;
}
