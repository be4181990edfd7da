#include "generators/grammar_builder.h"

#include <string.h>

enum { FIELD_NAME, FIELD_NUMBER, FIELD_THINGS, FIELD_QUALITIES, FIELD_DEEDS, FIELD_PLACES };
enum { FIELD_PEOPLE = FIELD_PLACES + 1, FIELD_COUNT, WORDS_MAX = 64 };

static bool is_vowel(char c)
{
    return c != '\0' && strchr("aeiou", c) != NULL;
}

/* The regular plural of a noun; irregular ones are written out in topics.txt. */
static struct str make_plural(struct grammar_builder *builder, struct str noun)
{
    char plural[256];
    size_t len = noun.len;

    if (len < 2 || len > sizeof plural - 4) {
        grammar_mistake(builder, "'%.*s' is no noun", STR_ARG(noun));
        return noun;
    }
    memcpy(plural, noun.p, len);
    if (plural[len - 1] == 'y' && !is_vowel(plural[len - 2])) {
        memcpy(plural + len - 1, "ies", 3);
        len += 2;
    } else if (strchr("sxz", plural[len - 1]) != NULL || str_ends(noun, STR("ch")) ||
               str_ends(noun, STR("sh"))) {
        memcpy(plural + len, "es", 2);
        len += 2;
    } else {
        plural[len++] = 's';
    }
    return arena_copy(&builder->grammar->arena, (struct str){plural, len});
}

/* Splits at commas; returns 0 and says why where the list is not one. */
static uint32_t split_list(struct grammar_builder *builder, struct str field,
                           struct str out[WORDS_MAX])
{
    struct str_pair cut = {.tail = field, .ok = true};
    uint32_t count = 0;

    while (cut.ok) {
        cut = str_cut(cut.tail, ',');
        cut.head = str_trim(cut.head);
        if (cut.head.len == 0) {
            grammar_mistake(builder, "empty entry in '%.*s'", STR_ARG(field));
            return 0;
        }
        if (count == WORDS_MAX) {
            grammar_mistake(builder, "more than %d entries in a list", WORDS_MAX);
            return 0;
        }
        out[count++] = cut.head;
    }
    if (count < 2) {
        grammar_mistake(builder, "a list has fewer than two entries: '%.*s'", STR_ARG(field));
        return 0;
    }
    return count;
}

static void keep_list(struct grammar_builder *builder, struct grammar_words *list,
                      const struct str *words, uint32_t count)
{
    list->words = arena_alloc(&builder->grammar->arena, count + 1, sizeof *words);
    if (list->words == NULL) {
        if (!builder->failed) {
            (void)err_memory(builder->err);
        }
        builder->failed = true;
        return;
    }
    memcpy(list->words, words, count * sizeof *words);
    list->count = count;
}

static void read_things(struct grammar_builder *builder, struct grammar_topic *topic,
                        struct str field)
{
    struct str singulars[WORDS_MAX];
    struct str plurals[WORDS_MAX];
    uint32_t count = split_list(builder, field, singulars);

    for (uint32_t i = 0; i < count; i++) {
        struct str_pair forms = str_cut(singulars[i], '/');

        singulars[i] = forms.head;
        plurals[i] = forms.ok ? forms.tail : make_plural(builder, forms.head);
    }
    keep_list(builder, &topic->lists[GRAMMAR_THING], singulars, count);
    keep_list(builder, &topic->lists[GRAMMAR_THINGS], plurals, count);
}

static void read_deeds(struct grammar_builder *builder, struct grammar_topic *topic,
                       struct str field)
{
    struct str deeds[WORDS_MAX];
    uint32_t count = split_list(builder, field, deeds);

    for (uint32_t i = 0; i < count; i++) {
        struct str_pair forms = str_cut(deeds[i], '/');

        if (!forms.ok || forms.head.len == 0 || forms.tail.len == 0) {
            grammar_mistake(builder, "deed '%.*s' is not 'plural form/singular form'",
                            STR_ARG(deeds[i]));
        }
        deeds[i] = topic->is_plural ? forms.head : forms.tail;
    }
    keep_list(builder, &topic->lists[GRAMMAR_DEED], deeds, count);
}

static void read_words(struct grammar_builder *builder, struct grammar_words *list,
                       struct str field)
{
    struct str words[WORDS_MAX];
    uint32_t count = split_list(builder, field, words);

    keep_list(builder, list, words, count);
}

void grammar_read_topic(struct grammar_builder *builder, struct str line)
{
    struct str_pair cut = {.tail = line, .ok = true};
    struct str fields[FIELD_COUNT + 1];
    struct grammar_topic topic = {0};
    struct grammar_topic *added = NULL;
    size_t count = 0;

    while (cut.ok && count <= FIELD_COUNT) {
        cut = str_cut(cut.tail, '|');
        fields[count++] = str_trim(cut.head);
    }
    if (count != FIELD_COUNT) {
        grammar_mistake(builder, "a topic has %d fields separated by '|'", FIELD_COUNT);
        return;
    }
    topic.name = fields[FIELD_NAME];
    topic.is_plural = str_equal(fields[FIELD_NUMBER], STR("p"));
    if (!topic.is_plural && !str_equal(fields[FIELD_NUMBER], STR("s"))) {
        grammar_mistake(builder, "number '%.*s' is neither s nor p", STR_ARG(fields[FIELD_NUMBER]));
    }
    for (size_t i = 0; i < builder->topics.count; i++) {
        if (str_equal(((struct grammar_topic *)builder->topics.items)[i].name, topic.name)) {
            grammar_mistake(builder, "topic '%.*s' is listed twice", STR_ARG(topic.name));
        }
    }
    read_things(builder, &topic, fields[FIELD_THINGS]);
    read_words(builder, &topic.lists[GRAMMAR_QUALITY], fields[FIELD_QUALITIES]);
    read_deeds(builder, &topic, fields[FIELD_DEEDS]);
    read_words(builder, &topic.lists[GRAMMAR_PLACE], fields[FIELD_PLACES]);
    read_words(builder, &topic.lists[GRAMMAR_ROLE], fields[FIELD_PEOPLE]);
    added = grammar_list_add(builder, &builder->topics, sizeof *added);
    if (added != NULL) {
        *added = topic;
    }
}
