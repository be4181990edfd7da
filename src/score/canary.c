#include "score/canary.h"

#include "score/words.h"

#include <string.h>

static bool is_asked(const struct answer_key *key)
{
    return key->canary[CANARY_START].len != 0;
}

static bool begins_with_checkpoint(struct str line)
{
    static const char word[] = "checkpoint";
    size_t i = 0;

    while (line.len != 0 && line.p[0] != '\0' && strchr(" \t#*_`>-", line.p[0]) != NULL) {
        line = str_skip(line, 1);
    }
    while (i < line.len && i < sizeof word - 1 && (line.p[i] | 0x20) == word[i]) {
        i++;
    }
    return i == sizeof word - 1 && str_contains(line, STR(":"));
}

static bool has_code(const struct answer_key *key, struct str line)
{
    for (int i = 0; i < CANARY_PLACES; i++) {
        if (words_contain(line, key->canary[i])) {
            return true;
        }
    }
    return false;
}

/* Where the last line of `text` begins. */
static size_t last_line(struct str text)
{
    size_t at = text.len;

    while (at != 0 && text.p[at - 1] != '\n') {
        at--;
    }
    return at;
}

/* Without blanks and line ends at the end. */
static struct str strip_end(struct str text)
{
    while (text.len != 0 && text.p[text.len - 1] != '\0' &&
           strchr(" \t\r\n", text.p[text.len - 1]) != NULL) {
        text.len--;
    }
    return text;
}

struct str canary_cut(const struct answer_key *key, struct str reply)
{
    struct str left = reply;

    while (is_asked(key)) {
        struct str text = strip_end(left);
        size_t at = last_line(text);
        struct str line = str_skip(text, at);

        if (!begins_with_checkpoint(line) && (at == 0 || !has_code(key, line))) {
            break;
        }
        left = strip_end(str_take(text, at));
    }
    return left;
}

void canary_mark(const struct answer_key *key, struct str reply, struct mark *mark)
{
    enum canary_state *const states[CANARY_PLACES] = {
        [CANARY_START] = &mark->canary_start,
        [CANARY_MIDDLE] = &mark->canary_middle,
        [CANARY_END] = &mark->canary_end,
    };

    for (int i = 0; i < CANARY_PLACES; i++) {
        if (!is_asked(key)) {
            *states[i] = CANARY_NOT_ASKED;
        } else {
            *states[i] = words_contain(reply, key->canary[i]) ? CANARY_FOUND : CANARY_MISSING;
        }
    }
}
