#include "generators/latent_read.h"

static bool next_line(struct str *rest, struct str *line, size_t *number)
{
    while (str_next_line(rest, line)) {
        ++*number;
        *line = str_trim(*line);
        if (line->len != 0 && line->p[0] != '#') {
            return true;
        }
    }
    return false;
}

/* The rest of a line that begins with `head`; empty where it does not. */
static struct str after(struct str line, struct str head)
{
    return str_starts(line, head) ? str_trim(str_skip(line, head.len)) : (struct str){0};
}

static size_t count_lines(struct str text, struct str head)
{
    struct str line = {0};
    size_t number = 0;
    size_t count = 0;

    while (next_line(&text, &line, &number)) {
        count += str_starts(line, head) ? 1 : 0;
    }
    return count;
}

/* "bodhran | a Celtic frame drum | -": false where it has not three parts. */
static bool parse_row(struct str line, struct latent_row *out)
{
    struct str_pair cue = str_cut(line, '|');
    struct str_pair targets = str_cut(cue.tail, '|');

    *out = (struct latent_row){.cue = str_trim(cue.head)};
    out->targets[0] = str_trim(targets.head);
    out->targets[1] = str_trim(targets.tail);
    if (!cue.ok || !targets.ok || out->cue.len == 0 || out->targets[0].len == 0 ||
        out->targets[1].len == 0 || str_contains(targets.tail, STR("|"))) {
        return false;
    }
    for (int i = 0; i < LATENT_HOPS; i++) {
        if (str_equal(out->targets[i], STR("-"))) {
            out->targets[i] = (struct str){0};
        }
    }
    return true;
}

static bool parse_line(struct latent_bank *bank, struct str line, struct latent_row *rows,
                       size_t *row_count)
{
    struct latent_family *family =
        bank->family_count != 0 ? &bank->families[bank->family_count - 1] : NULL;

    if (str_starts(line, STR("family:"))) {
        bank->families[bank->family_count++].rows = &rows[*row_count];
        return true;
    }
    if (family == NULL) {
        return false;
    }
    if (str_starts(line, STR("needle:"))) {
        family->needle = after(line, STR("needle:"));
        return str_starts(family->needle, STR("{name} ")) &&
               str_contains(family->needle, STR("{cue}"));
    }
    if (str_starts(line, STR("question:"))) {
        family->question = after(line, STR("question:"));
        return str_contains(family->question, STR("{target}"));
    }
    family->row_count++;
    return family->needle.len != 0 && family->question.len != 0 &&
           parse_row(line, &rows[(*row_count)++]);
}

int latent_read_families(struct latent_bank *bank, const char *path, struct str text,
                         struct err *err)
{
    size_t families = count_lines(text, STR("family:"));
    size_t lines = count_lines(text, STR(""));
    struct latent_row *rows = arena_alloc(&bank->arena, lines + 1, sizeof *rows);
    struct str rest = text;
    struct str line = {0};
    size_t number = 0;
    size_t row_count = 0;

    bank->families = arena_alloc(&bank->arena, families + 1, sizeof *bank->families);
    if (rows == NULL || bank->families == NULL) {
        return err_memory(err);
    }
    while (next_line(&rest, &line, &number)) {
        if (!parse_line(bank, line, rows, &row_count)) {
            return err_set(err, ERR_INPUT,
                           "%s:%zu: neither 'family:', 'needle: {name} … {cue}', 'question: … "
                           "{target}' nor 'cue | target | target'",
                           path, number);
        }
    }
    return 0;
}

static int read_list(struct arena *arena, struct str list, struct str *out, uint32_t *count)
{
    while (list.len != 0) {
        struct str_pair parts = str_cut(list, ',');
        struct str name = arena_copy(arena, str_trim(parts.head));

        if (name.p == NULL) {
            return ERR_MEMORY;
        }
        out[(*count)++] = name;
        list = parts.tail;
    }
    return 0;
}

int latent_read_names(struct latent_bank *bank, const char *path, struct str text, struct err *err)
{
    struct str rest = text;
    struct str line = {0};
    size_t number = 0;
    int rc = 0;

    /* A name has a letter and a comma at least. */
    bank->given = arena_alloc(&bank->arena, text.len / 2 + 1, sizeof *bank->given);
    bank->surnames = arena_alloc(&bank->arena, text.len / 2 + 1, sizeof *bank->surnames);
    if (bank->given == NULL || bank->surnames == NULL) {
        return err_memory(err);
    }
    while (rc == 0 && next_line(&rest, &line, &number)) {
        if (str_starts(line, STR("given:"))) {
            rc = read_list(&bank->arena, after(line, STR("given:")), bank->given,
                           &bank->given_count);
        } else if (str_starts(line, STR("surname:"))) {
            rc = read_list(&bank->arena, after(line, STR("surname:")), bank->surnames,
                           &bank->surname_count);
        } else {
            return err_set(err, ERR_INPUT, "%s:%zu: neither 'given:' nor 'surname:' with names",
                           path, number);
        }
    }
    return rc != 0 ? err_memory(err) : 0;
}
