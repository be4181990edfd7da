#include "cli/cli.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/model.h"
#include "cli/models_json.h"
#include "cli/output.h"
#include "endpoint/catalogue.h"
#include "endpoint/window.h"

#include <stdlib.h>

enum { DAY_LEN = 10, CELL_BYTES_MAX = 200, COLUMNS = 8 };

struct models_settings {
    uint64_t min_context_tokens;
    const char *provider;
    const char *models_file;
    const char *day;
    const char *check;
    const char *base_url;
    const char *key_file;
    bool json;
    bool notes;
};

static const struct opt options[] = {
    OPT(OPT_SIZE, 0, "min-context", "LENGTH", "only models that take prompts of so many tokens",
        struct models_settings, min_context_tokens),
    OPT(OPT_TEXT, 0, "provider", "NAME", "only this provider's", struct models_settings, provider),
    OPT(OPT_TEXT, 0, "date", "DAY", "prices of that day, like 2026-12-01 (default: today, UTC)",
        struct models_settings, day),
    OPT(OPT_FLAG, 0, "notes", NULL, "below each model, what is special or doubtful about it",
        struct models_settings, notes),
    OPT(OPT_FLAG, 0, "json", NULL, "everything that is known, as JSON", struct models_settings,
        json),
    OPT(OPT_TEXT, 0, "check", "PROVIDER/MODEL",
        "ask the endpoint itself for the model's limits, beside what the catalogue says",
        struct models_settings, check),
    OPT(OPT_TEXT, 0, "base-url", "URL", "with --check: where the endpoint is",
        struct models_settings, base_url),
    OPT(OPT_TEXT, 0, "key-file", "FILE", "with --check: read the key from here",
        struct models_settings, key_file),
    OPT(OPT_TEXT, 0, "models-file", "FILE",
        "your own entries (default: ~/.config/haymaker/models.json, if it is there)",
        struct models_settings, models_file),
};

static bool is_wanted(const struct catalogue_model *model, const struct models_settings *settings,
                      struct str filter)
{
    bool matches = str_find_caseless(str_from(model->id), filter) != SIZE_MAX;

    for (size_t i = 0; i < model->aliases.count; i++) {
        matches =
            matches || str_find_caseless(str_from(model->aliases.items[i]), filter) != SIZE_MAX;
    }
    return matches &&
           (settings->min_context_tokens == 0 ||
            model->window_input_tokens >= (int64_t)settings->min_context_tokens) &&
           (settings->provider == NULL ||
            str_equal(str_from(settings->provider), str_from(model->provider->name)));
}

/* The table: a row of texts per model, its columns as wide as their longest. */

struct row {
    const struct catalogue_model *model;
    const struct catalogue_price *price; /* NULL: none on that day */
    struct str cells[COLUMNS];
};

static const char *const headings[COLUMNS] = {"MODEL", "INPUT",    "OUTPUT",         "$ IN",
                                              "$ OUT", "$ CACHED", "LONGER PROMPTS", "AS OF"};

static void append_tokens(struct buf *cell, int64_t tokens)
{
    if (tokens < 0) {
        buf_append_char(cell, '-');
    } else {
        units_append_count(cell, (uint64_t)tokens);
    }
}

/* Thresholds are round numbers, some of them exclusive. */
static void append_threshold(struct buf *cell, int64_t from_tokens)
{
    bool is_exclusive = from_tokens % 1000 == 1;

    buf_append(cell, is_exclusive ? STR(">") : STR("≥"));
    units_append_count(cell, (uint64_t)from_tokens - (is_exclusive ? 1 : 0));
}

/* "≥272,000: 10/45/1"; of several tiers the last, which is what the longest prompts pay. */
static void append_tier(struct buf *cell, const struct price *price)
{
    const struct price_tier *tier = NULL;
    struct price_rates rates;

    if (price->tier_count == 0) {
        return;
    }
    tier = &price->tiers[price->tier_count - 1];
    rates = price_rates_at(price, tier->from_input_tokens);
    append_threshold(cell, tier->from_input_tokens);
    buf_append(cell, STR(": "));
    price_append_rate(cell, rates.input);
    buf_append_char(cell, '/');
    price_append_rate(cell, rates.output);
    if (price->rates.cache_read != PRICE_UNKNOWN) {
        buf_append_char(cell, '/');
        price_append_rate(cell, rates.cache_read);
    }
}

static void append_cell(struct buf *cell, const struct row *row, size_t column)
{
    const struct catalogue_price *price = row->price;

    switch (column) {
    case 0:
        utf8_append_printable(cell, str_from(row->model->id));
        return;
    case 1:
        append_tokens(cell, row->model->window_input_tokens);
        return;
    case 2:
        append_tokens(cell, row->model->window_output_tokens);
        return;
    default:
        break;
    }
    if (price == NULL) {
        buf_append(cell, column < 6 ? STR("-") : STR(""));
        return;
    }
    switch (column) {
    case 3:
        buf_append(cell, price->is_lower_bound ? STR("≥") : STR(""));
        price_append_rate(cell, price->price.rates.input);
        return;
    case 4:
        buf_append(cell, price->is_lower_bound ? STR("≥") : STR(""));
        price_append_rate(cell, price->price.rates.output);
        return;
    case 5:
        price_append_rate(cell, price->price.rates.cache_read);
        return;
    case 6:
        append_tier(cell, &price->price);
        return;
    default:
        buf_append(cell, str_from(price->as_of));
        buf_append(cell, row->model->retired != NULL ? STR(", retired") : STR(""));
    }
}

static int fill_row(struct row *row, struct arena *arena, struct err *err)
{
    struct buf cell;
    int rc = 0;

    buf_init(&cell, CELL_BYTES_MAX);
    for (size_t column = 0; rc == 0 && column < COLUMNS; column++) {
        buf_reset(&cell);
        append_cell(&cell, row, column);
        row->cells[column] = arena_copy(arena, buf_str(&cell));
        rc = row->cells[column].p != NULL ? 0 : err_memory(err);
    }
    buf_release(&cell);
    return rc;
}

static bool is_left_aligned(size_t column)
{
    return column == 0 || column >= 6;
}

static void print_cells(const struct str *cells, const size_t *widths)
{
    for (size_t column = 0; column < COLUMNS; column++) {
        size_t pad = widths[column] - utf8_length(cells[column]);
        bool is_last = column + 1 == COLUMNS;

        (void)printf("%s%*s%.*s%*s", column != 0 ? "  " : "",
                     is_left_aligned(column) ? 0 : (int)pad, "", STR_ARG(cells[column]),
                     is_left_aligned(column) && !is_last ? (int)pad : 0, "");
    }
    (void)putchar('\n');
}

static void print_note(const char *about, const char *text)
{
    if (text != NULL) {
        struct buf line;

        buf_init(&line, 4096);
        utf8_append_printable(&line, str_from(text));
        (void)printf("    %s%.*s\n", about, STR_ARG(buf_str(&line)));
        buf_release(&line);
    }
}

static void print_notes(const struct row *row)
{
    const struct catalogue_price *price = row->price;

    print_note("retired ", row->model->retired);
    print_note("", row->model->note);
    if (price == NULL) {
        print_note("", row->model->price_count != 0 ? "No price on that day is known."
                                                    : "No price is known.");
        return;
    }
    print_note("price from ", price->from);
    print_note("price until ", price->until);
    print_note("price: ", price->note);
    print_note("source of the price: ", price->source);
}

static void print_table(const struct row *rows, size_t count, bool notes)
{
    struct str cells[COLUMNS];
    size_t widths[COLUMNS];

    for (size_t column = 0; column < COLUMNS; column++) {
        cells[column] = str_from(headings[column]);
        widths[column] = cells[column].len;
        for (size_t i = 0; i < count; i++) {
            size_t width = utf8_length(rows[i].cells[column]);

            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    print_cells(cells, widths);
    for (size_t i = 0; i < count; i++) {
        print_cells(rows[i].cells, widths);
        if (notes) {
            print_notes(&rows[i]);
        }
    }
}

static int list_models(const struct catalogue *catalogue, const struct models_settings *settings,
                       struct str filter, struct str day, struct err *err)
{
    struct arena arena = {0};
    struct catalogue_model *models =
        arena_alloc(&arena, catalogue->model_count + 1, sizeof *models);
    struct row *rows = arena_alloc(&arena, catalogue->model_count + 1, sizeof *rows);
    size_t count = 0;
    int rc = models != NULL && rows != NULL ? 0 : err_memory(err);

    for (size_t i = 0; rc == 0 && i < catalogue->model_count; i++) {
        const struct catalogue_model *model = &catalogue->models[i];

        if (is_wanted(model, settings, filter)) {
            rows[count] = (struct row){.model = model, .price = catalogue_price_on(model, day)};
            rc = settings->json ? 0 : fill_row(&rows[count], &arena, err);
            models[count++] = *model;
        }
    }
    if (rc == 0 && settings->json) {
        rc = models_json_print(models, count, day, stdout, err);
    } else if (rc == 0 && count != 0) {
        print_table(rows, count, settings->notes);
    } else if (rc == 0) {
        rc = err_set(err, ERR_REQUIREMENT,
                     "no model of the catalogue is like that (without filters all are listed)");
    }
    arena_release(&arena);
    return rc;
}

static int check_provider(const struct catalogue *catalogue, const char *name, struct err *err)
{
    struct buf known;

    if (name == NULL || catalogue_provider(catalogue, str_from(name)) != NULL) {
        return 0;
    }
    buf_init(&known, ERR_TEXT_MAX);
    catalogue_append_providers(catalogue, &known);
    (void)err_set(err, ERR_USAGE, "--provider: '%s' is not one of %.*s", name,
                  STR_ARG(buf_str(&known)));
    buf_release(&known);
    return ERR_USAGE;
}

static void print_limit(const char *what, int64_t said, int64_t known)
{
    struct buf line;

    buf_init(&line, 256);
    buf_appendf(&line, "%-8s endpoint ", what);
    if (said < 0) {
        buf_append(&line, STR("does not say"));
    } else {
        units_append_count(&line, (uint64_t)said);
    }
    buf_append(&line, STR(", catalogue "));
    if (known < 0) {
        buf_append(&line, STR("unknown"));
    } else {
        units_append_count(&line, (uint64_t)known);
    }
    buf_append(&line, said >= 0 && known >= 0 && said != known ? STR("  DIFFERS\n") : STR("\n"));
    output_write(stdout, buf_str(&line));
    buf_release(&line);
}

/* The answer of the endpoint beside the catalogue's. */
static int check_model(const struct models_settings *settings, struct err *err)
{
    const struct str name = str_from(settings->check);
    const struct model_settings how = {
        .base_url = settings->base_url,
        .key_file = settings->key_file,
        .models_file = settings->models_file,
    };
    struct models models = {0};
    struct window said = {CATALOGUE_UNKNOWN, CATALOGUE_UNKNOWN};
    int rc = models_open(&models, &name, 1, &how, err);

    if (rc == 0) {
        const struct catalogue_target *target = &models.models[0].target;
        const struct catalogue_model *known = target->model;

        rc = window_ask(&models.models[0].endpoint, &target->provider->limits, clock_system(),
                        &said, err);
        if (rc == 0) {
            print_limit("input", said.input_tokens,
                        known != NULL ? known->window_input_tokens : CATALOGUE_UNKNOWN);
            print_limit("output", said.output_tokens,
                        known != NULL ? known->window_output_tokens : CATALOGUE_UNKNOWN);
        }
        models_release(&models);
    }
    return rc;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct models_settings settings = {0};
    const char **rest = calloc((size_t)argc + 1, sizeof *rest);
    struct opt_args args = {NULL, 0};
    struct catalogue catalogue = {0};
    char today[CLOCK_STAMP_MAX];
    struct str day = {NULL, 0};
    int rc = 0;

    if (rest == NULL) {
        return err_memory(err);
    }
    clock_stamp(clock_system(), today);
    rc = command_parse(self, argc, argv, &settings, rest, &args, err);
    day = settings.day != NULL ? str_from(settings.day) : str_take(str_from(today), DAY_LEN);
    if (rc == 0 && args.count > 1) {
        rc = err_set(err, ERR_USAGE, "one FILTER at most");
    }
    if (rc == 0 && !catalogue_is_day(day)) {
        rc = err_set(err, ERR_USAGE, "--date: '%.*s' is not a day like 2026-12-01", STR_ARG(day));
    }
    if (rc == 0 && settings.check != NULL) {
        rc = check_model(&settings, err);
        free(rest);
        return rc;
    }
    if (rc == 0) {
        rc = catalogue_open(&catalogue, settings.models_file, err);
    }
    if (rc == 0) {
        rc = check_provider(&catalogue, settings.provider, err);
    }
    if (rc == 0) {
        rc = list_models(&catalogue, &settings, args.count != 0 ? str_from(args.items[0]) : STR(""),
                         day, err);
    }
    catalogue_release(&catalogue);
    free(rest);
    return rc;
}

extern const struct command cmd_models;
const struct command cmd_models = {
    .name = "models",
    .purpose = "the catalogue: windows, prices with their date and source",
    .usage = "[FILTER]",
    .examples = "  haymaker models --min-context 1m\n"
                "  haymaker models gpt-5 --notes\n"
                "  haymaker models --provider google --date 2027-01-01\n"
                "  haymaker models --check anthropic/claude-opus-4-7\n"
                "  haymaker models --json opus > opus.json\n",
    .notes = "FILTER is part of a model's name. Windows are in the vendor's own tokens, prices\n"
             "in US dollars per million of them. Vendors that charge more for longer prompts\n"
             "charge it for the whole request; shown is their last tier, from which length on\n"
             "it holds, and its prices (input/output/cached). \"≥\": the source states no more\n"
             "than a lowest price. --notes and --json say what else is known or doubtful.\n"
             "\n"
             "Your own file has the form of the installed share/haymaker/models.json. An entry\n"
             "changes the fields it states, a new one is added:\n"
             "\n"
             "  {\"schema\": 1, \"models\": [\n"
             "    {\"id\": \"azure/my-deployment\", \"same_as\": \"openai/gpt-5.5\"}]}\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
