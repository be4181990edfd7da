#include "generators/grammar.h"

#include "generators/grammar_builder.h"
#include "generators/phrase_book.h"
#include "generators/phrase_counts.h"

#include "base/file.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

enum { FILE_BYTES_MAX = 16 * 1024 * 1024, TEXT_BYTES_MAX = 64 * 1024 * 1024, TOKENS_MAX = 4096 };

/* What English text takes, where a format does not say. */
static const double bytes_per_token_default = 4.4;

/* Appends "file:line: what" to the problems, if they are wanted. */
static void append_problem(struct grammar_builder *builder, const char *what)
{
    if (builder->problems != NULL) {
        buf_appendf(builder->problems, "%.*s:%zu: %s\n", STR_ARG(builder->place.file),
                    builder->place.line, what);
    }
}

void grammar_mistake(struct grammar_builder *builder, const char *format, ...)
{
    struct err what;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what.text, sizeof what.text, format, args);
    va_end(args);
    append_problem(builder, what.text);
    if (!builder->failed) {
        (void)err_set(builder->err, ERR_INPUT, "%.*s:%zu: %s", STR_ARG(builder->place.file),
                      builder->place.line, what.text);
    }
    builder->failed = true;
}

void grammar_remark(struct grammar_builder *builder, const char *format, ...)
{
    struct err what;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what.text, sizeof what.text, format, args);
    va_end(args);
    append_problem(builder, what.text);
}

void *grammar_list_add(struct grammar_builder *builder, struct grammar_list *list, size_t size)
{
    char *item = NULL;

    if (list->count == list->cap) {
        size_t cap = list->cap != 0 ? list->cap * 2 : 64;
        void *grown = realloc(list->items, cap * size);

        if (grown == NULL) {
            if (!builder->failed) {
                (void)err_memory(builder->err);
            }
            builder->failed = true;
            return NULL;
        }
        list->items = grown;
        list->cap = cap;
    }
    item = (char *)list->items + list->count++ * size;
    memset(item, 0, size);
    return item;
}

static bool is_in(char c, char first, char last)
{
    return c >= first && c <= last;
}

bool grammar_is_rule_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        bool is_letter = is_in(name.p[i], 'a', 'z');
        bool may_follow = is_in(name.p[i], '0', '9') || name.p[i] == '-';

        if (!is_letter && (i == 0 || !may_follow)) {
            return false;
        }
    }
    return name.len != 0;
}

/* A word like the prefixes that questions ask for must not be in any reply. */
static void check_words(struct grammar_builder *builder, struct str line)
{
    enum { PREFIX_LIKE = 10 };
    size_t letters = 0;
    size_t digits = 0;

    for (size_t i = 0; i < line.len; i++) {
        if (is_in(line.p[i], '0', '9')) {
            digits++;
        } else if (is_in(line.p[i], 'a', 'z') || is_in(line.p[i], 'A', 'Z')) {
            letters++;
        } else {
            letters = 0;
            digits = 0;
        }
        if (letters != 0 && digits != 0 && letters + digits == PREFIX_LIKE) {
            grammar_mistake(builder, "a word of %d or more letters and digits", PREFIX_LIKE);
        }
    }
}

/* The rule being read: "@name" or "@name few N", and how many alternatives it has so far. */
struct open_rule {
    struct str name;
    uint32_t few;
    struct grammar_place place;
    size_t alternatives;
};

static void end_rule(struct grammar_builder *builder, const struct open_rule *rule)
{
    struct grammar_named_rule *named = NULL;

    if (rule->name.len == 0) {
        return;
    }
    if (rule->alternatives == 0) {
        builder->place = rule->place;
        grammar_mistake(builder, "rule '%.*s' has no alternatives", STR_ARG(rule->name));
        return;
    }
    named = grammar_list_add(builder, &builder->named, sizeof *named);
    if (named != NULL) {
        *named = (struct grammar_named_rule){
            rule->name, builder->scope, grammar_close_rule(builder, rule->alternatives, rule->few),
            rule->place};
    }
}

static struct open_rule begin_rule(struct grammar_builder *builder, struct str line)
{
    struct str_pair cut = str_cut(str_skip(line, 1), ' ');
    struct open_rule rule = {.name = cut.head, .place = builder->place};
    uint64_t few = 0;

    if (!grammar_is_rule_name(rule.name) ||
        (cut.ok && !(str_starts(cut.tail, STR("few ")) && str_to_u64(str_skip(cut.tail, 4), &few) &&
                     few != 0 && few <= GRAMMAR_FEW_MAX))) {
        grammar_mistake(builder,
                        "'%.*s' is neither '@rule-name' nor '@rule-name few N' (write \\@ for the "
                        "character)",
                        STR_ARG(line));
    }
    rule.few = (uint32_t)few;
    return rule;
}

/* "4.4", one decimal. */
static bool parse_tenths(struct str text, double *out)
{
    struct str_pair cut = str_cut(text, '.');
    uint64_t whole = 0;
    uint64_t tenths = 0;

    if (!str_to_u64(cut.head, &whole) || !str_to_u64(cut.tail, &tenths) || cut.tail.len != 1) {
        return false;
    }
    *out = (double)whole + (double)tenths / 10;
    return true;
}

/* "format: NAME", "tokens: MIN MAX" or "bytes-per-token: N.N". */
static void read_header(struct grammar_builder *builder, struct grammar_format *format,
                        struct str line)
{
    struct str_pair cut = str_cut(line, ':');
    struct str value = str_trim(cut.tail);
    struct str_pair range = str_cut(value, ' ');
    uint64_t low = 0;
    uint64_t high = 0;
    double ratio = 0;

    if (str_equal(cut.head, STR("format")) && value.len != 0) {
        format->name = value;
    } else if (str_equal(cut.head, STR("tokens")) && str_to_u64(range.head, &low) &&
               str_to_u64(range.tail, &high) && low != 0 && low <= high && high <= TOKENS_MAX) {
        format->tokens_min = (uint32_t)low;
        format->tokens_max = (uint32_t)high;
    } else if (str_equal(cut.head, STR("bytes-per-token")) && parse_tenths(value, &ratio) &&
               ratio >= 1) {
        format->bytes_per_token = ratio;
    } else {
        grammar_mistake(builder, "expected 'format: NAME', 'tokens: MIN MAX', 'bytes-per-token: "
                                 "N.N' or '@rule-name'");
    }
}

/* Reads the rules of one file, and its header where it is a format's. */
static void read_rules(struct grammar_builder *builder, struct grammar_format *format,
                       struct str rest)
{
    struct str line;
    struct open_rule rule = {0};

    for (size_t number = 1; str_next_line(&rest, &line); number++) {
        builder->place.line = number;
        line = str_trim(line);
        if (line.len == 0 || line.p[0] == '#') {
            continue;
        }
        check_words(builder, line);
        if (line.p[0] == '@') {
            end_rule(builder, &rule);
            builder->place.line = number;
            rule = begin_rule(builder, line);
        } else if (rule.name.len != 0) {
            grammar_compile_alternative(builder, line);
            rule.alternatives++;
        } else if (format != NULL) {
            read_header(builder, format, line);
        } else {
            grammar_mistake(builder, "text before the first '@rule-name'");
        }
    }
    end_rule(builder, &rule);
}

static void read_topics(struct grammar_builder *builder, struct str rest)
{
    struct str line;

    for (size_t number = 1; str_next_line(&rest, &line); number++) {
        builder->place.line = number;
        line = str_trim(line);
        if (line.len != 0 && line.p[0] != '#') {
            check_words(builder, line);
            grammar_read_topic(builder, line);
        }
    }
}

static void read_format(struct grammar_builder *builder, struct str text)
{
    struct grammar_place place = {builder->place.file, 1};
    struct grammar_place *known = NULL;
    struct grammar_format *added = NULL;
    struct grammar_format format = {.bytes_per_token = bytes_per_token_default};

    builder->scope = (uint32_t)builder->formats.count + 1;
    read_rules(builder, &format, text);
    builder->place = place;
    if (format.name.len == 0) {
        grammar_mistake(builder, "no line 'format: NAME'");
    }
    if (format.tokens_max == 0) {
        grammar_mistake(builder, "no line 'tokens: MIN MAX'");
    }
    known = grammar_list_add(builder, &builder->format_places, sizeof *known);
    added = grammar_list_add(builder, &builder->formats, sizeof *added);
    if (known != NULL && added != NULL) {
        *known = place;
        *added = format;
    }
}

/* The texts of the grammar refer to the file's bytes, so these are kept in its arena. */
static int read_file(struct grammar_builder *builder, struct str path, XXH3_state_t *hash)
{
    const char *slash = strrchr(path.p, '/');
    struct str name = slash != NULL ? str_from(slash + 1) : path;
    struct buf contents;
    struct str text;
    int rc = 0;

    buf_init(&contents, FILE_BYTES_MAX);
    rc = file_read(path.p, &contents, builder->err);
    if (rc != 0) {
        goto done;
    }
    text = arena_copy(&builder->grammar->arena, buf_str(&contents));
    if (text.p == NULL) {
        rc = err_memory(builder->err);
        goto done;
    }
    if (utf8_invalid_at(text) != SIZE_MAX || memchr(text.p, '\0', text.len) != NULL) {
        rc = err_set(builder->err, ERR_INPUT, "%s: not text in UTF-8", path.p);
        goto done;
    }
    (void)XXH3_64bits_update(hash, name.p, name.len + 1);
    (void)XXH3_64bits_update(hash, text.p, text.len + 1);
    builder->place = (struct grammar_place){name, 0};
    if (str_equal(name, STR("topics.txt"))) {
        read_topics(builder, text);
    } else if (str_starts(name, STR("banks-"))) {
        builder->scope = GRAMMAR_SCOPE_BANKS;
        read_rules(builder, NULL, text);
    } else {
        read_format(builder, text);
    }
done:
    buf_release(&contents);
    return rc;
}

/* Hands the arrays over to the grammar, which frees them. */
static void finish(struct grammar_builder *builder)
{
    struct grammar *grammar = builder->grammar;

    grammar->ops = builder->ops.items;
    grammar->op_count = builder->ops.count;
    grammar->alternatives = builder->alternatives.items;
    grammar->alternative_count = builder->alternatives.count;
    grammar->rules = builder->rules.items;
    grammar->rule_count = builder->rules.count;
    grammar->formats = builder->formats.items;
    grammar->format_count = builder->formats.count;
    grammar->topics = builder->topics.items;
    grammar->topic_count = builder->topics.count;
    free(builder->format_places.items);
    free(builder->open_ops.items);
    free(builder->open_alternatives.items);
    free(builder->named.items);
    free(builder->references.items);
}

static int load_files(struct grammar_builder *builder, const char *folder)
{
    struct str *paths = NULL;
    size_t count = 0;
    XXH3_state_t *hash = XXH3_createState();
    int rc = hash == NULL ? err_memory(builder->err) : 0;

    if (rc == 0) {
        (void)XXH3_64bits_reset(hash);
        rc = file_list(folder, STR(".txt"), &builder->grammar->arena, &paths, &count, builder->err);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = read_file(builder, paths[i], hash);
    }
    if (rc == 0) {
        builder->grammar->hash = XXH3_64bits_digest(hash);
        rc = builder->failed && builder->err->code == ERR_MEMORY ? ERR_MEMORY : 0;
    }
    if (rc == 0) {
        grammar_resolve(builder);
        if (!builder->failed && (builder->formats.count == 0 || builder->topics.count == 0)) {
            builder->place = (struct grammar_place){str_from(folder), 0};
            grammar_mistake(builder, "a grammar needs topics.txt and at least one format");
        }
        rc = buf_check(&builder->grammar->text, "grammar", builder->err);
    }
    (void)XXH3_freeState(hash);
    return rc != 0 ? rc : builder->failed ? (int)builder->err->code : 0;
}

static int make_book(struct grammar *grammar, struct err *err)
{
    grammar->book = calloc(1, sizeof *grammar->book);
    return grammar->book == NULL ? err_memory(err) : phrase_book_make(grammar->book, grammar, err);
}

int grammar_load(struct grammar **out, const char *folder, struct buf *problems, struct err *err)
{
    struct grammar_builder builder = {.problems = problems, .err = err};
    int rc = 0;

    *out = NULL;
    builder.grammar = calloc(1, sizeof *builder.grammar);
    if (builder.grammar == NULL) {
        return err_memory(err);
    }
    buf_init(&builder.grammar->text, TEXT_BYTES_MAX);
    rc = load_files(&builder, folder);
    finish(&builder);
    if (rc == 0) {
        rc = make_book(builder.grammar, err);
    }
    if (rc != 0) {
        grammar_free(builder.grammar);
        return rc;
    }
    *out = builder.grammar;
    return 0;
}

void grammar_free(struct grammar *grammar)
{
    if (grammar == NULL) {
        return;
    }
    if (grammar->book != NULL) {
        phrase_book_release(grammar->book);
        free(grammar->book);
    }
    free(grammar->ops);
    free(grammar->alternatives);
    free(grammar->rules);
    free(grammar->formats);
    free(grammar->topics);
    buf_release(&grammar->text);
    arena_release(&grammar->arena);
    free(grammar);
}

int grammar_count_tokens(struct grammar *grammar, const char *counts,
                         const struct tokenizer *tokenizer, struct err *err)
{
    if (counts != NULL && phrase_counts_read(grammar->book, grammar->hash, counts, tokenizer)) {
        return 0;
    }
    return phrase_book_count(grammar->book, tokenizer, err);
}

size_t grammar_find_format(const struct grammar *grammar, struct str name)
{
    for (size_t i = 0; i < grammar->format_count; i++) {
        if (str_equal(grammar->formats[i].name, name)) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t grammar_find_topic(const struct grammar *grammar, struct str name)
{
    for (size_t i = 0; i < grammar->topic_count; i++) {
        if (str_equal(grammar->topics[i].name, name)) {
            return i;
        }
    }
    return SIZE_MAX;
}
