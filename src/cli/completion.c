#include "cli/completion.h"

#include <string.h>

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(word, *words) == 0) {
            return true;
        }
    }
    return false;
}

enum completion_kind completion_of_option(const struct opt *row)
{
    static const char *const files[] = {"FILE", "RESULT.json", NULL};
    static const char *const folders[] = {"DIR", NULL};

    if (row->type == OPT_FLAG) {
        return COMPLETION_NONE;
    }
    if (row->choices != NULL) {
        return COMPLETION_CHOICES;
    }
    if (strcmp(row->placeholder, "PROVIDER/MODEL") == 0) {
        return COMPLETION_MODELS;
    }
    if (strcmp(row->name, "task") == 0) {
        return COMPLETION_TASKS;
    }
    if (strcmp(row->name, "grader") == 0) {
        return COMPLETION_GRADERS;
    }
    if (is_one_of(row->placeholder, folders)) {
        return COMPLETION_FOLDERS;
    }
    return is_one_of(row->placeholder, files) ? COMPLETION_FILES : COMPLETION_TEXT;
}

enum completion_kind completion_of_arguments(const struct command *command)
{
    if (strstr(command->usage, "COMMAND") != NULL) {
        return COMPLETION_COMMANDS;
    }
    return strstr(command->usage, "FILE") != NULL || strstr(command->usage, ".json") != NULL
               ? COMPLETION_FILES
               : COMPLETION_TEXT;
}

const char *completion_words(enum completion_kind kind)
{
    switch (kind) {
    case COMPLETION_MODELS:
        return "models";
    case COMPLETION_TASKS:
        return "tasks";
    case COMPLETION_GRADERS:
        return "graders";
    case COMPLETION_NONE:
    case COMPLETION_TEXT:
    case COMPLETION_CHOICES:
    case COMPLETION_FILES:
    case COMPLETION_FOLDERS:
    case COMPLETION_COMMANDS:
        return NULL;
    }
    return NULL;
}

static void print_commands(const char *separator, FILE *out)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        (void)fprintf(out, "%s%s", i != 0 ? separator : "", commands[i]->name);
    }
}

static void print_choices(const struct opt *row, FILE *out)
{
    for (size_t i = 0; row->choices[i] != NULL; i++) {
        (void)fprintf(out, "%s%s", i != 0 ? " " : "", row->choices[i]);
    }
}

/* bash: one function; `values` fills COMPREPLY by the kind of what is asked for. */

static void print_bash_values(enum completion_kind kind, const struct opt *row, FILE *out)
{
    switch (kind) {
    case COMPLETION_NONE:
    case COMPLETION_TEXT:
        (void)fputs(":", out);
        return;
    case COMPLETION_CHOICES:
        (void)fputs("_haymaker_words \"", out);
        print_choices(row, out);
        (void)fputs("\"", out);
        return;
    case COMPLETION_FILES:
        (void)fputs("_haymaker_paths -f", out);
        return;
    case COMPLETION_FOLDERS:
        (void)fputs("_haymaker_paths -d", out);
        return;
    case COMPLETION_COMMANDS:
        (void)fputs("_haymaker_words \"", out);
        print_commands(" ", out);
        (void)fputs("\"", out);
        return;
    case COMPLETION_MODELS:
    case COMPLETION_TASKS:
    case COMPLETION_GRADERS:
        (void)fprintf(out, "_haymaker_words \"$(haymaker completion --words %s 2>/dev/null)\"",
                      completion_words(kind));
        return;
    }
}

static void print_bash_command(const struct command *command, FILE *out)
{
    (void)fprintf(out, "    %s)\n        case $before in\n", command->name);
    for (size_t i = 0; i < command->option_count; i++) {
        const struct opt *row = &command->options[i];
        enum completion_kind kind = completion_of_option(row);

        if (kind == COMPLETION_NONE) {
            continue;
        }
        (void)fputs("        ", out);
        if (row->letter != 0) {
            (void)fprintf(out, "-%c | ", row->letter);
        }
        (void)fprintf(out, "--%s) ", row->name);
        print_bash_values(kind, row, out);
        (void)fputs(" ;;\n", out);
    }
    (void)fputs("        *)\n            if [[ $word == -* ]]; then\n"
                "                _haymaker_words \"--help",
                out);
    for (size_t i = 0; i < command->option_count; i++) {
        (void)fprintf(out, " --%s", command->options[i].name);
    }
    (void)fputs("\"\n            else\n                ", out);
    print_bash_values(completion_of_arguments(command), NULL, out);
    (void)fputs("\n            fi\n            ;;\n        esac\n        ;;\n", out);
}

void completion_print_bash(FILE *out)
{
    (void)fputs("# haymaker's completion for bash, out of its own option table.\n"
                "\n"
                "# Offers the words that continue $word. bash takes ':' and '=' for ends of words, "
                "so what\n"
                "# stands before the last of them is already on the line.\n"
                "_haymaker_words() {\n"
                "    local before_colon=${word%\"${word##*[:=]}\"} i\n"
                "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$word\")\n"
                "    for i in \"${!COMPREPLY[@]}\"; do\n"
                "        COMPREPLY[i]=${COMPREPLY[i]#\"$before_colon\"}\n"
                "    done\n"
                "}\n"
                "\n"
                "_haymaker_paths() {\n"
                "    compopt -o filenames 2>/dev/null\n"
                "    mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$word\")\n"
                "}\n"
                "\n"
                "_haymaker() {\n"
                "    local line=${COMP_LINE:0:COMP_POINT} word before command=${COMP_WORDS[1]}\n"
                "    local -a words\n"
                "    read -r -a words <<<\"$line\"\n"
                "    [[ $line == *[[:blank:]] ]] && words+=(\"\")\n"
                "    word=${words[-1]}\n"
                "    before=${words[-2]-}\n"
                "    COMPREPLY=()\n"
                "    if ((${#words[@]} < 3)); then\n"
                "        _haymaker_words \"help ",
                out);
    print_commands(" ", out);
    (void)fputs(" --help --version\"\n        return\n    fi\n    case $command in\n    help) ",
                out);
    print_bash_values(COMPLETION_COMMANDS, NULL, out);
    (void)fputs(" ;;\n", out);
    for (size_t i = 0; commands[i] != NULL; i++) {
        print_bash_command(commands[i], out);
    }
    (void)fputs("    esac\n}\n\ncomplete -F _haymaker haymaker\n", out);
}

/* zsh: _arguments does the work; a specification is '(-o
 * --output)'{-o,--output}'[help]:FILE:action'.
 */

/* A word inside a specification: ':', '[' and ']' end its parts, a quote ends the shell's word. */
static void print_zsh_text(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            (void)fputs("'\\''", out);
        } else if (strchr(":[]\\", *text) != NULL) {
            (void)fprintf(out, "\\%c", *text);
        } else {
            (void)fputc(*text, out);
        }
    }
}

static void print_zsh_action(enum completion_kind kind, const struct opt *row, FILE *out)
{
    switch (kind) {
    case COMPLETION_NONE:
    case COMPLETION_TEXT:
        (void)fputs(" ", out);
        return;
    case COMPLETION_CHOICES:
        (void)fputs("(", out);
        print_choices(row, out);
        (void)fputs(")", out);
        return;
    case COMPLETION_FILES:
        (void)fputs("_files", out);
        return;
    case COMPLETION_FOLDERS:
        (void)fputs("_files -/", out);
        return;
    case COMPLETION_COMMANDS:
        (void)fputs("(", out);
        print_commands(" ", out);
        (void)fputs(")", out);
        return;
    case COMPLETION_MODELS:
    case COMPLETION_TASKS:
    case COMPLETION_GRADERS:
        (void)fprintf(out, "_haymaker_words %s", completion_words(kind));
        return;
    }
}

static void print_zsh_option(const struct opt *row, FILE *out)
{
    enum completion_kind kind = completion_of_option(row);
    bool repeats = row->type == OPT_TEXTS;

    (void)fputs("            '", out);
    if (row->letter == 0) {
        (void)fprintf(out, "%s--%s[", repeats ? "*" : "", row->name);
    } else if (repeats) {
        (void)fprintf(out, "*'{-%c,--%s}'[", row->letter, row->name);
    } else {
        (void)fprintf(out, "(-%c --%s)'{-%c,--%s}'[", row->letter, row->name, row->letter,
                      row->name);
    }
    print_zsh_text(row->help, out);
    (void)fputs("]", out);
    if (kind != COMPLETION_NONE) {
        (void)fputs(":", out);
        print_zsh_text(row->placeholder, out);
        (void)fputs(":", out);
        print_zsh_action(kind, row, out);
    }
    (void)fputs("' \\\n", out);
}

void completion_print_zsh(FILE *out)
{
    (void)fputs("#compdef haymaker\n"
                "# haymaker's completion for zsh, out of its own option table.\n"
                "\n"
                "# Called by _arguments with options for compadd before the list's name.\n"
                "_haymaker_words() {\n"
                "    local -a known\n"
                "    known=(${(f)\"$(haymaker completion --words $@[-1] 2>/dev/null)\"})\n"
                "    compadd \"${(@)@[1,-2]}\" -a known\n"
                "}\n"
                "\n"
                "_haymaker() {\n"
                "    local curcontext=$curcontext state line\n"
                "    local -a names\n"
                "    names=(\n"
                "        'help:explain a command'\n",
                out);
    for (size_t i = 0; commands[i] != NULL; i++) {
        (void)fprintf(out, "        '%s:", commands[i]->name);
        print_zsh_text(commands[i]->purpose, out);
        (void)fputs("'\n", out);
    }
    (void)fputs("    )\n"
                "    _arguments -C '1:command:->command' '*::argument:->argument'\n"
                "    case $state in\n"
                "    command) _describe command names ;;\n"
                "    argument)\n"
                "        case $words[1] in\n"
                "        help) _arguments '1:command:(",
                out);
    print_commands(" ", out);
    (void)fputs(")' ;;\n", out);
    for (size_t i = 0; commands[i] != NULL; i++) {
        (void)fprintf(out, "        %s)\n            _arguments \\\n", commands[i]->name);
        for (size_t j = 0; j < commands[i]->option_count; j++) {
            print_zsh_option(&commands[i]->options[j], out);
        }
        (void)fputs("            '*:argument:", out);
        print_zsh_action(completion_of_arguments(commands[i]), NULL, out);
        (void)fputs("'\n            ;;\n", out);
    }
    (void)fputs("        esac\n        ;;\n    esac\n}\n\n"
                "if [[ $funcstack[1] == _haymaker ]]; then\n    _haymaker \"$@\"\n"
                "else\n    compdef _haymaker haymaker\nfi\n",
                out);
}

/* fish: one `complete` a row. */

static void print_fish_text(const char *text, FILE *out)
{
    (void)fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\') {
            (void)fputc('\\', out);
        }
        (void)fputc(*text, out);
    }
    (void)fputc('\'', out);
}

static void print_fish_values(enum completion_kind kind, const struct opt *row, FILE *out)
{
    switch (kind) {
    case COMPLETION_NONE:
    case COMPLETION_TEXT:
        (void)fputs(kind == COMPLETION_NONE ? "" : " -x", out);
        return;
    case COMPLETION_CHOICES:
        (void)fputs(" -x -a '", out);
        print_choices(row, out);
        (void)fputs("'", out);
        return;
    case COMPLETION_FILES:
        (void)fputs(" -r -F", out);
        return;
    case COMPLETION_FOLDERS:
        (void)fputs(" -x -a '(__fish_complete_directories)'", out);
        return;
    case COMPLETION_COMMANDS:
        (void)fputs(" -x -a '", out);
        print_commands(" ", out);
        (void)fputs("'", out);
        return;
    case COMPLETION_MODELS:
    case COMPLETION_TASKS:
    case COMPLETION_GRADERS:
        (void)fprintf(out, " -x -a '(haymaker completion --words %s 2>/dev/null)'",
                      completion_words(kind));
        return;
    }
}

static void print_fish_command(const struct command *command, FILE *out)
{
    (void)fprintf(out, "complete -c haymaker -n __fish_use_subcommand -f -a %s -d ", command->name);
    print_fish_text(command->purpose, out);
    (void)fputc('\n', out);
    for (size_t i = 0; i < command->option_count; i++) {
        const struct opt *row = &command->options[i];

        (void)fprintf(out, "complete -c haymaker -n '__fish_seen_subcommand_from %s'",
                      command->name);
        if (row->letter != 0) {
            (void)fprintf(out, " -s %c", row->letter);
        }
        (void)fprintf(out, " -l %s", row->name);
        print_fish_values(completion_of_option(row), row, out);
        (void)fputs(" -d ", out);
        print_fish_text(row->help, out);
        (void)fputc('\n', out);
    }
    if (completion_of_arguments(command) != COMPLETION_FILES) { /* fish offers files by itself */
        (void)fprintf(out, "complete -c haymaker -n '__fish_seen_subcommand_from %s' -f",
                      command->name);
        if (completion_of_arguments(command) == COMPLETION_COMMANDS) {
            print_fish_values(COMPLETION_COMMANDS, NULL, out);
        }
        (void)fputc('\n', out);
    }
}

void completion_print_fish(FILE *out)
{
    (void)fputs("# haymaker's completion for fish, out of its own option table.\n"
                "complete -c haymaker -n __fish_use_subcommand -f -a help -d 'explain a command'\n"
                "complete -c haymaker -n '__fish_seen_subcommand_from help' -x -a '",
                out);
    print_commands(" ", out);
    (void)fputs("'\n", out);
    for (size_t i = 0; commands[i] != NULL; i++) {
        print_fish_command(commands[i], out);
    }
}
