/* Prompts without memory: token counts, measures, bodies, and every task's bank and cases. */
#include "folder.h"
#include "scarce.h"
#include "suite.h"

#include "generators/generator.h"
#include "long_prompt.h"
#include "prompt/body.h"

enum { PIECES = 40, CASE_TOKENS = 8192, SENTENCES = 2000, DOCUMENTS = 12 };

static struct folder folder;
static struct tokenizer *tokenizer;
static struct err err;

static int open_tokenizer(void *context, struct err *error)
{
    struct tokenizer *opened = NULL;
    struct token_session *session = NULL;
    struct token_ids ids = {0};
    uint64_t tokens = 0;
    int rc = tokenizer_open(&opened, TOKEN_O200K_BASE, error);

    (void)context;
    if (rc == 0) {
        rc = token_session_new(&session, opened, 1U << 16, error);
    }
    for (int i = 0; rc == 0 && i < 200; i++) {
        char text[LONG_PROMPT_PIECE_MAX];

        long_prompt_piece((uint64_t)i * 7919, text);
        rc = token_session_count(session, str_from(text), &tokens, error);
        if (rc == 0) {
            rc = tokenizer_encode(opened, str_from(text), &ids, error);
        }
    }
    token_ids_release(&ids);
    token_session_free(session);
    tokenizer_free(opened);
    return rc;
}

START_TEST(tokens_are_counted_or_memory_is_short)
{
    scarce_try(&(struct scarce_work){.name = "tokenizer", .run = open_tokenizer});
}

static const struct body_frame frame = {
    .head = STR_INIT("{\"messages\":["),
    .open = {STR_INIT("{\"role\":\"user\",\"content\":\""),
             STR_INIT("{\"role\":\"assistant\",\"content\":\"")},
    .close = STR_INIT("\"}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
};

/* Measures a prompt and reads its body to the end. */
static int read_body(struct prompt *prompt, struct err *error)
{
    struct prompt_measure measure;
    struct body_reader *reader = NULL;
    char room[4096];
    uint64_t length = 0;
    int64_t got = 1;
    int rc = prompt_measure(prompt, tokenizer, &measure, error);

    if (rc == 0) {
        rc = body_reader_new(&reader, &frame, prompt, measure.fingerprint, error);
    }
    while (rc == 0 && got > 0) {
        got = body_reader_read(reader, room, sizeof room, error);
        rc = got < 0 ? (int)got : 0;
        length += got > 0 ? (uint64_t)got : 0;
    }
    if (rc == 0 && length != body_length(&frame, &measure)) {
        rc = err_set(error, ERR_INPUT, "a body of %llu bytes", (unsigned long long)length);
    }
    body_reader_free(reader);
    return rc;
}

static int read_long_prompt(void *context, struct err *error)
{
    struct long_prompt prompt;

    (void)context;
    long_prompt_init(&prompt, PIECES);
    return read_body(&prompt.prompt, error);
}

START_TEST(a_body_is_whole_or_memory_is_short)
{
    scarce_try(&(struct scarce_work){.name = "body", .run = read_long_prompt});
}

struct task {
    const struct generator *generator;
    struct generator_settings settings;
    void *bank;
};

static int load_bank(void *context, struct err *error)
{
    struct task *task = context;
    void *bank = NULL;
    int rc = task->generator->load(task->generator, &bank, &task->settings, tokenizer, error);

    if (rc == 0) {
        task->generator->unload(bank);
    }
    return rc;
}

static int open_case(void *context, struct err *error)
{
    struct task *task = context;
    struct case_recipe recipe = {.seed = 3,
                                 .length_tokens = CASE_TOKENS,
                                 .needles = task->generator->needles_default,
                                 .depth_percent = CASE_DEPTH_BY_DESIGN};
    struct test_case *test_case = NULL;
    int rc = task->generator->open(task->bank, &recipe, &test_case, error);

    if (rc == 0) {
        rc = read_body(test_case->prompt, error);
    }
    test_case_free(test_case);
    return rc;
}

/* Prose of our own: a corpus that is read again at every attempt has to be small. */
static void write_prose(void)
{
    struct buf text;

    buf_init(&text, 1U << 20);
    for (int i = 0; i < SENTENCES; i++) {
        buf_appendf(&text, "On day %d the mill by the river ground %d sacks of wheat.%s", i,
                    i * 7919 % 1000, i % 5 == 4 ? "\n\n" : " ");
    }
    folder_write(&folder, "mill.txt", buf_str(&text));
    buf_release(&text);
}

/* Questions about documents, as SQuAD and HotpotQA publish theirs. */
static void write_questions(bool is_hotpot)
{
    struct buf text;

    buf_init(&text, 1U << 20);
    buf_append(&text, is_hotpot ? STR("[") : STR("{\"data\": ["));
    for (int i = 0; i < DOCUMENTS; i++) {
        buf_append(&text, i != 0 ? STR(", ") : STR(""));
        if (is_hotpot) {
            buf_appendf(
                &text,
                "{\"question\": \"Who owns mill %d?\", \"answer\": \"miller %d\", "
                "\"context\": [[\"Mill %d\", [\"It belongs to miller %d.\", \" It is old.\"]], "
                "[\"River %d\", [\"It is long.\"]]]}",
                i, i, i, i, i);
        } else {
            buf_appendf(
                &text,
                "{\"paragraphs\": [{\"context\": \"Mill %d belongs to miller %d.\", \"qas\": "
                "[{\"question\": \"Who owns mill %d?\", \"answers\": [{\"text\": \"miller "
                "%d\"}, {\"text\": \"the miller\"}]}]}]}",
                i, i, i, i);
        }
    }
    buf_append(&text, is_hotpot ? STR("]") : STR("]}"));
    folder_write(&folder, "questions.json", buf_str(&text));
    buf_release(&text);
}

/* Puts what the task reads into the folder, and says so in its settings. */
static void give_texts(struct task *task, struct arena *arena)
{
    const struct task_option *options = task->generator->options;
    char data[320];
    const char *typed[] = {data};

    if (options == NULL || !str_equal(str_from(options->name), STR("data"))) {
        write_prose();
        task->settings.corpus = folder.path;
        return;
    }
    write_questions(str_ends(str_from(task->generator->name), STR("qa_2")));
    (void)snprintf(data, sizeof data, "data=%.300s", folder_file(&folder, "questions.json"));
    ck_assert_msg(task_options_read(task->generator->name, options, typed, 1, arena,
                                    &task->settings.options, &err) == 0,
                  "%s", err.text);
}

START_TEST(every_task_makes_its_case_or_memory_is_short)
{
    struct task task = {.generator = generators[_i]};
    struct arena arena = {0};
    struct scarce_work work;

    give_texts(&task, &arena);
    if (task.generator->load(task.generator, &task.bank, &task.settings, tokenizer, &err) != 0) {
        task.settings.corpus = NULL; /* it takes none */
        ck_assert_msg(
            task.generator->load(task.generator, &task.bank, &task.settings, tokenizer, &err) == 0,
            "%s: %s", task.generator->name, err.text);
    }
    work = (struct scarce_work){
        .name = task.generator->name, .run = open_case, .context = &task, .is_long = true};
    scarce_try(&work);
    task.generator->unload(task.bank);
    work.run = load_bank;
    scarce_try(&work);
    arena_release(&arena);
}

static size_t count_generators(void)
{
    size_t count = 0;

    while (generators[count] != NULL) {
        count++;
    }
    return count;
}

static void set_up(void)
{
    folder_make(&folder);
    ck_assert_msg(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err) == 0, "%s", err.text);
}

static void tear_down(void)
{
    tokenizer_free(tokenizer);
    folder_remove(&folder);
}

int main(void)
{
    Suite *suite = suite_create("scarce.prompt");
    TCase *tests = suite_case(suite, "prompt");

    scarce_take_over();
    tcase_set_timeout(tests, 300.0);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, tokens_are_counted_or_memory_is_short);
    tcase_add_test(tests, a_body_is_whole_or_memory_is_short);
    tcase_add_loop_test(tests, every_task_makes_its_case_or_memory_is_short, 0,
                        (int)count_generators());
    return suite_run(suite);
}
