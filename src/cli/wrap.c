#include "cli/wrap.h"

void wrap_print(struct str words, size_t at, size_t indent, FILE *out)
{
    size_t column = indent;

    if (at >= indent && at != 0) {
        (void)fputc('\n', out);
        at = 0;
    }
    (void)fprintf(out, "%*s", (int)(indent - at), "");
    while (words.len != 0) {
        struct str_pair word = str_cut(words, ' ');
        size_t gap = column != indent ? 1 : 0;

        if (column + gap + word.head.len > WRAP_WIDTH && column != indent) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
            gap = 0;
        }
        (void)fprintf(out, "%s%.*s", gap != 0 ? " " : "", STR_ARG(word.head));
        column += gap + word.head.len;
        words = word.tail;
    }
    (void)fputc('\n', out);
}
