#include "cli/opt.h"

#include "base/buf.h"
#include "base/units.h"
#include "cli/wrap.h"

#include <inttypes.h>
#include <string.h>

static const struct opt *find_long(const struct opt *rows, size_t row_count, struct str name)
{
    for (size_t i = 0; i < row_count; i++) {
        if (str_equal(name, str_from(rows[i].name))) {
            return &rows[i];
        }
    }
    return NULL;
}

static const struct opt *find_letter(const struct opt *rows, size_t row_count, char letter)
{
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].letter != 0 && rows[i].letter == letter) {
            return &rows[i];
        }
    }
    return NULL;
}

static int check_choice(const struct opt *row, const char *value, struct err *err)
{
    struct buf known;
    int rc = 0;

    if (row->choices == NULL) {
        return 0;
    }
    buf_init(&known, 1024);
    for (size_t i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(value, row->choices[i]) == 0) {
            buf_release(&known);
            return 0;
        }
        buf_appendf(&known, "%s%s", i != 0 ? ", " : "", row->choices[i]);
    }
    rc = err_set(err, ERR_USAGE, "--%s: '%s' is not one of %.*s", row->name, value,
                 STR_ARG(buf_str(&known)));
    buf_release(&known);
    return rc;
}

static int store(const struct opt *row, const char *value, void *settings, struct err *err)
{
    void *member = (char *)settings + row->offset;
    struct opt_texts *texts = member;
    int rc = 0;

    switch (row->type) {
    case OPT_FLAG:
        *(bool *)member = true;
        return 0;
    case OPT_TEXT:
        rc = check_choice(row, value, err);
        if (rc == 0) {
            *(const char **)member = value;
        }
        return rc;
    case OPT_COUNT:
        if (!str_to_u64(str_from(value), (uint64_t *)member)) {
            return err_set(err, ERR_USAGE, "--%s: '%s' is not a whole number", row->name, value);
        }
        return 0;
    case OPT_SIZE:
        rc = units_parse_length(str_from(value), (uint64_t *)member, err);
        return rc != 0 ? err_wrap(err, "--%s", row->name) : 0;
    case OPT_TEXTS:
        if (texts->count == OPT_TEXTS_MAX) {
            return err_set(err, ERR_USAGE, "--%s: given more than %d times", row->name,
                           OPT_TEXTS_MAX);
        }
        texts->items[texts->count++] = value;
        return 0;
    }
    return 0;
}

/* What is left of argv while it is read. */
struct words {
    int argc;
    char **argv;
    int at;
};

static int parse_long(const struct opt *rows, size_t row_count, struct words *words, void *settings,
                      struct err *err)
{
    struct str_pair parts = str_cut(str_skip(str_from(words->argv[words->at]), 2), '=');
    const struct opt *row = find_long(rows, row_count, parts.head);

    if (row == NULL) {
        return err_set(err, ERR_USAGE, "unknown option '--%.*s'", STR_ARG(parts.head));
    }
    if (row->type == OPT_FLAG) {
        if (parts.ok) {
            return err_set(err, ERR_USAGE, "--%s takes no value", row->name);
        }
        return store(row, NULL, settings, err);
    }
    if (parts.ok) {
        return store(row, parts.tail.p, settings, err);
    }
    if (words->at + 1 == words->argc) {
        return err_set(err, ERR_USAGE, "--%s needs a value (%s)", row->name, row->placeholder);
    }
    return store(row, words->argv[++words->at], settings, err);
}

/* "-v", "-o FILE", "-oFILE"; letters are not bundled, so that a typing error is seen as one. */
static int parse_letter(const struct opt *rows, size_t row_count, struct words *words,
                        void *settings, struct err *err)
{
    const char *word = words->argv[words->at];
    const struct opt *row = find_letter(rows, row_count, word[1]);

    if (row == NULL || (row->type == OPT_FLAG && word[2] != '\0')) {
        return err_set(err, ERR_USAGE, "unknown option '%s'", word);
    }
    if (row->type == OPT_FLAG) {
        return store(row, NULL, settings, err);
    }
    if (word[2] != '\0') {
        return store(row, word + 2, settings, err);
    }
    if (words->at + 1 == words->argc) {
        return err_set(err, ERR_USAGE, "-%c needs a value (%s)", row->letter, row->placeholder);
    }
    return store(row, words->argv[++words->at], settings, err);
}

int opt_parse(const struct opt *rows, size_t row_count, int argc, char **argv, void *settings,
              const char **rest, struct opt_args *args, struct err *err)
{
    struct words words = {argc, argv, 0};
    bool options_ended = false;
    int rc = 0;

    *args = (struct opt_args){.items = rest};
    for (; rc == 0 && words.at < argc; words.at++) {
        const char *word = argv[words.at];

        if (options_ended || word[0] != '-' || word[1] == '\0') {
            if (args->count == OPT_ARGS_MAX) {
                return err_set(err, ERR_USAGE, "more than %d arguments", OPT_ARGS_MAX);
            }
            rest[args->count++] = word;
        } else if (strcmp(word, "--") == 0) {
            options_ended = true;
        } else if (word[1] == '-') {
            rc = parse_long(rows, row_count, &words, settings, err);
        } else {
            rc = parse_letter(rows, row_count, &words, settings, err);
        }
    }
    return rc;
}

int opt_check_range(const char *name, uint64_t value, uint64_t least, uint64_t most,
                    struct err *err)
{
    if (value >= least && value <= most) {
        return 0;
    }
    return err_set(err, ERR_USAGE, "--%s: %" PRIu64 " is not between %" PRIu64 " and %" PRIu64,
                   name, value, least, most);
}

enum { HELP_COLUMN = 30 };

void opt_print_help(const struct opt *rows, size_t row_count, FILE *out)
{
    for (size_t i = 0; i < row_count; i++) {
        char left[64];
        char letter[8] = "    ";
        int len = 0;

        if (rows[i].letter != 0) {
            (void)snprintf(letter, sizeof letter, "-%c, ", rows[i].letter);
        }
        len = snprintf(left, sizeof left, "  %s--%s%s%s", letter, rows[i].name,
                       rows[i].placeholder != NULL ? " " : "",
                       rows[i].placeholder != NULL ? rows[i].placeholder : "");
        (void)fputs(left, out);
        wrap_print(str_from(rows[i].help), (size_t)len, HELP_COLUMN, out);
    }
}
