/* base without memory: what grows, and whole files. */
#include "folder.h"
#include "scarce.h"
#include "suite.h"

#include "base/arena.h"
#include "base/file.h"

enum { LINES = 2000, FILES = 40 };

static struct folder folder;
static char path[sizeof folder.file];

static void set_up(void)
{
    folder_make(&folder);
    (void)snprintf(path, sizeof path, "%s", folder_file(&folder, "file.txt"));
}

static void tear_down(void)
{
    folder_remove(&folder);
}

static int grow_buffer(void *context, struct err *error)
{
    struct buf buf;
    int rc = 0;

    (void)context;
    buf_init(&buf, 1U << 20);
    for (int i = 0; i < LINES; i++) {
        buf_appendf(&buf, "line %d\n", i);
    }
    rc = buf_check(&buf, "lines", error);
    buf_release(&buf);
    return rc;
}

START_TEST(a_buffer_that_cannot_grow_says_so_once)
{
    scarce_try(&(struct scarce_work){.name = "buf", .run = grow_buffer});
}

static int fill_arena(void *context, struct err *error)
{
    struct arena arena = {0};
    int rc = 0;

    (void)context;
    for (size_t i = 0; rc == 0 && i < LINES; i++) {
        if (arena_alloc(&arena, 100, 1) == NULL || arena_copy(&arena, STR("text")).p == NULL) {
            rc = err_memory(error);
        }
    }
    arena_release(&arena);
    return rc;
}

START_TEST(an_arena_that_cannot_grow_keeps_what_it_had)
{
    scarce_try(&(struct scarce_work){.name = "arena", .run = fill_arena});
}

static int read_file(void *context, struct err *error)
{
    struct buf text;
    int rc = 0;

    (void)context;
    buf_init(&text, 1U << 20);
    rc = file_read(path, &text, error);
    buf_release(&text);
    return rc;
}

static int read_lines(void *context, struct err *error)
{
    FILE *file = fopen(path, "r");
    struct buf line;
    int rc = 1;

    (void)context;
    buf_init(&line, 1U << 20);
    while (rc == 1) {
        rc = file_read_line(file, &line, error);
    }
    buf_release(&line);
    (void)fclose(file);
    return rc;
}

START_TEST(a_file_that_does_not_fit_into_memory_is_an_error)
{
    struct buf text;

    buf_init(&text, 1U << 20);
    for (int i = 0; i < LINES; i++) {
        buf_appendf(&text, "%*d\n", i, i);
    }
    buf_append(&text, STR("no line end"));
    folder_write(&folder, "file.txt", buf_str(&text));
    buf_release(&text);
    scarce_try(&(struct scarce_work){.name = "file_read", .run = read_file});
    scarce_try(&(struct scarce_work){.name = "file_read_line", .run = read_lines});
}

static int list_files(void *context, struct err *error)
{
    struct arena arena = {0};
    struct str *paths = NULL;
    size_t count = 0;
    int rc = file_list(folder.path, STR(".txt"), &arena, &paths, &count, error);

    *(size_t *)context = count;
    arena_release(&arena);
    return rc;
}

static void check_listed(void *context, int rc)
{
    if (rc == 0) {
        ck_assert_uint_eq(*(size_t *)context, FILES);
    }
}

START_TEST(a_listed_folder_is_listed_whole_or_not_at_all)
{
    size_t count = 0;

    for (int i = 0; i < FILES; i++) {
        char name[40];

        (void)snprintf(name, sizeof name, "file-%d.txt", i);
        folder_write(&folder, name, STR("text"));
    }
    scarce_try(&(struct scarce_work){
        .name = "file_list", .run = list_files, .check = check_listed, .context = &count});
}

static int make_folders(void *context, struct err *error)
{
    struct buf found;
    int rc = file_make_parent_folders(folder_file(&folder, "a/b/c"), error);

    (void)context;
    buf_init(&found, 4096);
    if (rc == 0) {
        rc = file_data_path("models.json", &found, error);
    }
    buf_release(&found);
    return rc;
}

START_TEST(folders_and_data_files_are_found_or_memory_is_short)
{
    scarce_try(&(struct scarce_work){.name = "folders", .run = make_folders});
}

int main(void)
{
    Suite *suite = suite_create("scarce.base");
    TCase *tests = suite_case(suite, "base");

    scarce_take_over();
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_buffer_that_cannot_grow_says_so_once);
    tcase_add_test(tests, an_arena_that_cannot_grow_keeps_what_it_had);
    tcase_add_test(tests, a_file_that_does_not_fit_into_memory_is_an_error);
    tcase_add_test(tests, a_listed_folder_is_listed_whole_or_not_at_all);
    tcase_add_test(tests, folders_and_data_files_are_found_or_memory_is_short);
    return suite_run(suite);
}
