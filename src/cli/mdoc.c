#include "cli/mdoc.h"

#include "base/str.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The first character of *rest, so that roff reads it as text. */
static void print_character(struct str *rest, FILE *out)
{
    char byte = rest->p[0];
    uint32_t code = 0;
    size_t len = 1;

    if (byte == '\\') {
        (void)fputs("\\e", out);
    } else if (byte == '-') {
        (void)fputs("\\-", out); /* a minus that can be copied into a shell */
    } else if (byte == '"') {
        (void)fputs("\\(dq", out);
    } else if (str_starts(*rest, STR("…"))) {
        len = sizeof "…" - 1;
        (void)fputs("...", out);
    } else if ((unsigned char)byte >= 0x80) {
        len = utf8_decode(*rest, &code);
        (void)fprintf(out, "\\[u%04X]", (unsigned)code);
    } else {
        (void)fputc(byte, out);
    }
    *rest = str_skip(*rest, len);
}

static void print_characters(struct str text, FILE *out)
{
    while (text.len != 0) {
        print_character(&text, out);
    }
}

/* Before what begins a line: a dot or a quote there would make it a request. */
static void print_guard(struct str line, FILE *out)
{
    if (str_starts(line, STR(".")) || str_starts(line, STR("'")) || str_starts(line, STR("…"))) {
        (void)fputs("\\&", out);
    }
}

static void print_literal(struct str line, FILE *out)
{
    print_guard(line, out);
    print_characters(line, out);
    (void)fputc('\n', out);
}

static bool ends_sentence(struct str word, struct str rest)
{
    return (str_ends(word, STR(".")) || str_ends(word, STR(".)")) || str_ends(word, STR("?"))) &&
           rest.len != 0 && isupper((unsigned char)rest.p[0]);
}

/* Words that flow, each sentence on a line of its own, as mdoc(7) wants it. */
static void print_text(struct str words, FILE *out)
{
    enum { LINE_BYTES = 60 }; /* of the source; escapes make it longer */
    struct str_pair rest = {.tail = str_trim(words), .ok = true};
    size_t column = 0;

    while (rest.tail.len != 0) {
        struct str word = {NULL, 0};

        rest = str_cut(rest.tail, ' ');
        word = rest.head;
        if (column != 0) {
            (void)fputc(column + word.len > LINE_BYTES ? '\n' : ' ', out);
            column = column + word.len > LINE_BYTES ? 0 : column;
        }
        if (column == 0) {
            print_guard(word, out);
        }
        print_characters(word, out);
        column += word.len + 1;
        if (ends_sentence(word, rest.tail)) {
            (void)fputc('\n', out);
            column = 0;
        }
    }
    if (column != 0) {
        (void)fputc('\n', out);
    }
}

/* One argument of a macro: quoted, so that its words are no macros of their own. */
static void print_argument(const char *words, FILE *out)
{
    (void)fputs(" \"", out);
    print_characters(str_from(words), out);
    (void)fputc('"', out);
}

/* The date is the release's, not the build's: the same source gives the same page. */
static void print_head(const char *command, FILE *out)
{
    (void)fputs(".Dd " HAYMAKER_RELEASED "\n.Dt HAYMAKER", out);
    if (command != NULL) {
        (void)fputc('-', out);
        for (; *command != '\0'; command++) {
            (void)fputc(toupper((unsigned char)*command), out);
        }
    }
    (void)fputs(" 1\n.Os\n.Sh NAME\n", out);
}

/* Lines that begin with two blanks are shown as they are, others flow. `text` may be NULL. */
static void print_lines(const char *text, FILE *out)
{
    struct str_pair rest = {.tail = str_from(text != NULL ? text : ""), .ok = true};
    bool is_literal = false;
    bool is_gap = false;

    while (rest.tail.len != 0) {
        bool begins_literal = false;

        rest = str_cut(rest.tail, '\n');
        if (rest.head.len == 0) {
            is_gap = true;
            continue;
        }
        begins_literal = str_starts(rest.head, STR("  "));
        if (is_literal && !begins_literal) {
            (void)fputs(".Ed\n", out);
        }
        if (begins_literal && !is_literal) {
            (void)fputs(".Bd -literal -offset indent\n", out);
        } else if (is_gap) {
            (void)fputs(is_literal && begins_literal ? "\n" : ".Pp\n", out);
        }
        if (begins_literal) {
            print_literal(str_skip(rest.head, 2), out);
        } else {
            print_text(rest.head, out);
        }
        is_literal = begins_literal;
        is_gap = false;
    }
    if (is_literal) {
        (void)fputs(".Ed\n", out);
    }
}

static void print_option(const struct opt *row, FILE *out)
{
    (void)fputs(".It", out);
    if (row->letter != 0) {
        (void)fprintf(out, " Fl %c ,", row->letter);
    }
    (void)fputs(" Fl \\-", out);
    print_characters(str_from(row->name), out);
    if (row->placeholder != NULL) {
        (void)fputs(" Ar", out);
        print_argument(row->placeholder, out);
    }
    (void)fputc('\n', out);
    print_text(str_from(row->help), out);
}

static void print_options(const struct command *command, FILE *out)
{
    if (command->option_count == 0) {
        return;
    }
    (void)fputs(".Pp\nOptions:\n.Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < command->option_count; i++) {
        print_option(&command->options[i], out);
    }
    (void)fputs(".El\n", out);
}

/* What print_tables writes, as literal text; nothing when memory is short. */
static void print_tables(const struct command *command, FILE *out)
{
    char *text = NULL;
    size_t len = 0;
    FILE *stream = command->print_tables != NULL ? open_memstream(&text, &len) : NULL;

    if (stream != NULL) {
        command->print_tables(stream);
        if (fclose(stream) == 0) {
            struct str_pair rest = {.tail = {text, len}, .ok = true};

            (void)fputs(".Bd -literal\n", out);
            while (rest.tail.len != 0) {
                rest = str_cut(rest.tail, '\n');
                print_literal(rest.head, out);
            }
            (void)fputs(".Ed\n", out);
        }
    }
    free(text);
}

static void print_exit_status(FILE *out)
{
    (void)fputs(".Sh EXIT STATUS\n"
                ".Bl -tag -width Ds -compact\n"
                ".It 0\ndone\n"
                ".It 1\na stated requirement was not met\n"
                ".It 2\nusage or configuration\n"
                ".It 3\na bad input file, or the system failed\n"
                ".It 4\nthe endpoint refused\n"
                ".It 5\nincomplete: the same command goes on\n"
                ".It 130\ninterrupted; what was answered is kept\n"
                ".El\n",
                out);
}

void mdoc_print_command(const struct command *command, FILE *out)
{
    print_head(command->name, out);
    (void)fprintf(out, ".Nm haymaker-%s\n.Nd", command->name);
    print_argument(command->purpose, out);
    (void)fprintf(out, "\n.Sh SYNOPSIS\n.Nm haymaker %s\n", command->name);
    if (command->option_count != 0) {
        (void)fputs(".Op Ar option ...\n", out);
    }
    if (command->usage[0] != '\0') {
        (void)fputs(".Ar", out);
        print_argument(command->usage, out);
        (void)fputc('\n', out);
    }
    (void)fputs(".Sh DESCRIPTION\n", out);
    if (command->notes != NULL) {
        print_lines(command->notes, out);
    } else {
        print_text(str_from(command->purpose), out);
    }
    print_options(command, out);
    print_tables(command, out);
    print_exit_status(out);
    (void)fputs(".Sh EXAMPLES\n", out);
    print_lines(command->examples, out);
    (void)fputs(".Sh SEE ALSO\n.Xr haymaker 1\n", out);
}

void mdoc_print_program(FILE *out)
{
    print_head(NULL, out);
    (void)fputs(".Nm haymaker\n"
                ".Nd which model endpoint can really use a million\\-token context\n"
                ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n"
                ".Nm\n.Cm help\n.Op Ar command\n"
                ".Sh DESCRIPTION\n.Nm\n"
                "builds haystacks of 4K to 10M tokens with planted needles, streams them to model\n"
                "endpoints, scores the replies as the public MRCR benchmarks do, and reports\n"
                "accuracy by context length, with intervals and prices.\n"
                "Data goes to standard output, everything else to standard error.\n"
                ".Pp\nThe commands, in the order of the data:\n.Bl -tag -width haymaker\n",
                out);
    for (size_t i = 0; commands[i] != NULL; i++) {
        (void)fprintf(out, ".It Xr haymaker-%s 1\n", commands[i]->name);
        print_text(str_from(commands[i]->purpose), out);
    }
    (void)fputs(".El\n"
                ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
                ".It Ev OPENAI_API_KEY , ANTHROPIC_API_KEY , GEMINI_API_KEY , ...\n"
                "each provider's usual variable;\n"
                ".Nm Cm models Fl \\-notes\nsays which.\n"
                "Keys never come from an option and reach no file.\n"
                ".It Ev HAYMAKER_DATA\nthe folder of the program's data,\n"
                "where it is not in share/haymaker beside the program or one folder above.\n"
                ".El\n"
                ".Sh FILES\n.Bl -tag -width Ds\n"
                ".It Pa ~/.config/haymaker/models.json\n"
                "your own providers, models and prices, laid over the catalogue.\n"
                ".It Pa RESULT.json , RESULT.journal.jsonl\n"
                "what a sweep writes: the journal while it runs, the result out of it.\n"
                ".El\n",
                out);
    print_exit_status(out);
    (void)fputs(".Sh EXAMPLES\nA look without any key:\n"
                ".Bd -literal -offset indent\n"
                "haymaker sweep \\-\\-model sim/decay \\-\\-lengths 8k:128k \\-o try.json\n"
                "haymaker chart try.json \\-o try.html\n"
                ".Ed\n",
                out);
}
