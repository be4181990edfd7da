#include "report/html.h"

#include "base/units.h"

static struct str entity_of(char c)
{
    switch (c) {
    case '&':
        return STR("&amp;");
    case '<':
        return STR("&lt;");
    case '>':
        return STR("&gt;");
    case '"':
        return STR("&quot;");
    case '\'':
        return STR("&#39;");
    default:
        return STR("");
    }
}

static struct str escape_of(char c)
{
    switch (c) {
    case '&':
        return STR("\\u0026");
    case '<':
        return STR("\\u003c");
    case '>':
        return STR("\\u003e");
    default:
        return STR("");
    }
}

static void append_replaced(struct buf *out, struct str text, struct str (*replacement_of)(char))
{
    size_t from = 0;

    for (size_t i = 0; i < text.len; i++) {
        struct str replacement = replacement_of(text.p[i]);

        if (replacement.len != 0) {
            buf_append(out, str_take(str_skip(text, from), i - from));
            buf_append(out, replacement);
            from = i + 1;
        }
    }
    buf_append(out, str_skip(text, from));
}

void html_append_escaped(struct buf *out, struct str text)
{
    append_replaced(out, text, entity_of);
}

void html_append_json(struct buf *out, struct str json)
{
    append_replaced(out, json, escape_of);
}

void html_append_table_head(struct buf *out, const char *caption, const char *const *columns)
{
    buf_append(out, STR("<table><caption>"));
    html_append_escaped(out, str_from(caption));
    buf_append(out, STR("</caption><thead><tr>"));
    for (size_t i = 0; columns[i] != NULL; i++) {
        bool has_words = columns[i][0] == '<';

        buf_append(out, has_words ? STR("<th scope=\"col\" class=\"text\">")
                                  : STR("<th scope=\"col\">"));
        html_append_escaped(out, str_from(columns[i] + (has_words ? 1 : 0)));
        buf_append(out, STR("</th>"));
    }
    buf_append(out, STR("</tr></thead>\n<tbody>\n"));
}

void html_append_row_head(struct buf *out, struct str label, uint64_t length_tokens)
{
    buf_append(out, STR("<tr><th scope=\"row\">"));
    html_append_escaped(out, label);
    buf_append(out, STR("</th><td>"));
    units_append_length(out, length_tokens);
    buf_append(out, STR("</td>"));
}
