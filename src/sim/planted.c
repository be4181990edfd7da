#include "sim/planted.h"

#include "sim/strategy.h"

#include <string.h>

bool planted_split(const struct conversation *conversation, struct planted_question *out)
{
    size_t last = conversation->count - 1;
    struct str text = str_trim(strategy_question(conversation));
    struct str whole = conversation_whole(conversation);
    size_t begin = text.len;

    if (conversation->messages[last].role != ROLE_USER || text.len == 0) {
        return false;
    }
    while (begin >= 2 && !(text.p[begin - 1] == '\n' && text.p[begin - 2] == '\n')) {
        begin--;
    }
    out->text = str_skip(text, begin >= 2 ? begin : 0);
    out->haystack = str_take(whole, (size_t)(out->text.p - whole.p));
    return true;
}

struct str planted_between(struct str text, struct str before, struct str after)
{
    size_t begin = str_find(text, before);
    struct str rest = begin != SIZE_MAX ? str_skip(text, begin + before.len) : (struct str){0};
    size_t end = str_find(rest, after);

    return end != SIZE_MAX ? str_take(rest, end) : (struct str){0};
}

/* A full stop inside a number or an address does not end a sentence: white space follows the end,
 * with perhaps a closing quote between. */
bool planted_ends_sentence(struct str text, size_t at)
{
    char c = text.p[at];
    size_t next = at + 1;

    if (c == '\n') {
        return next < text.len && text.p[next] == '\n';
    }
    if (c != '.' && c != '!' && c != '?') {
        return false;
    }
    while (next < text.len && strchr("\"')]", text.p[next]) != NULL && text.p[next] != '\0') {
        next++;
    }
    return next == text.len || strchr(" \n\r\t", text.p[next]) != NULL;
}

struct str planted_until_stop(struct str text)
{
    size_t at = 0;

    text = str_take(text, PLANTED_SENTENCE_BYTES_MAX);
    while (at < text.len && !planted_ends_sentence(text, at)) {
        at++;
    }
    return str_trim(str_take(text, at));
}

bool planted_next_fact(struct str haystack, struct str head, struct str *rest,
                       struct planted_fact *out)
{
    size_t at = 0;

    while ((at = str_find(*rest, head)) != SIZE_MAX) {
        struct str tail = str_skip(*rest, at + head.len);
        struct str sentence = planted_until_stop(tail);
        size_t is = str_ends(head, STR(" is ")) ? 0 : str_find(sentence, STR(" is "));

        *out = (struct planted_fact){
            .depth = (double)(tail.p - head.len - haystack.p) / (double)haystack.len,
        };
        *rest = tail;
        if (is != SIZE_MAX) {
            out->value = is == 0 ? sentence : str_skip(sentence, is + STR(" is ").len);
            return true;
        }
    }
    return false;
}
