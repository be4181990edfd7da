#include "folder.h"
#include "suite.h"

#include "base/file.h"
#include "base/file_draft.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

static struct folder folder;
static struct err err;

static void set_up(void)
{
    err = (struct err){ERR_NONE, ""};
    folder_make(&folder);
}

static void tear_down(void)
{
    folder_remove(&folder);
}

START_TEST(a_file_is_read_whole)
{
    struct buf text;
    struct buf big;

    buf_init(&big, 1U << 20);
    for (int i = 0; i < 100000; i++) {
        buf_append(&big, STR("needle"));
    }
    folder_write(&folder, "big", buf_str(&big));
    buf_init(&text, 1U << 20);
    ck_assert_int_eq(file_read(folder_file(&folder, "big"), &text, &err), 0);
    ck_assert(str_equal(buf_str(&text), buf_str(&big)));
    buf_release(&text);
    buf_release(&big);
}

START_TEST(a_file_beyond_the_buffer_is_refused_by_name)
{
    struct buf text;

    folder_write(&folder, "big", STR("0123456789"));
    buf_init(&text, 4);
    ck_assert_int_eq(file_read(folder_file(&folder, "big"), &text, &err), ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "/big is longer than 4 bytes"));
    buf_release(&text);
}

START_TEST(a_missing_file_is_named_with_the_reason)
{
    struct buf text;
    struct file_map map;

    buf_init(&text, 100);
    ck_assert_int_eq(file_read(folder_file(&folder, "none"), &text, &err), ERR_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "/none: No such file"));
    ck_assert_int_eq(file_map_open(&map, folder_file(&folder, "none"), &err), ERR_SYSTEM);
    ck_assert_int_eq(file_map_open(&map, folder.path, &err), ERR_INPUT); /* a folder */
}

START_TEST(a_replaced_file_is_private_when_asked_and_leaves_nothing_beside)
{
    struct arena arena = {0};
    struct str *paths = NULL;
    size_t count = 0;
    struct stat info;
    struct file_map map;

    folder_write(&folder, "result", STR("old"));
    ck_assert_int_eq(
        file_replace(folder_file(&folder, "result"), STR("new text"), FILE_FOR_OWNER, &err), 0);
    ck_assert_int_eq(stat(folder.file, &info), 0);
    ck_assert_int_eq((int)(info.st_mode & 0777U), 0600);
    ck_assert_int_eq(file_map_open(&map, folder.file, &err), 0);
    ck_assert(str_equal(map.bytes, STR("new text")));
    file_map_release(&map);
    ck_assert_int_eq(file_list(folder.path, STR(""), &arena, &paths, &count, &err), 0);
    ck_assert_uint_eq(count, 1);
    arena_release(&arena);
}

START_TEST(a_replacement_that_fails_keeps_the_old_file)
{
    ck_assert_int_eq(file_replace("/proc/haymaker/none", STR("x"), FILE_FOR_ALL, &err), ERR_SYSTEM);
    folder_write(&folder, "is-a-folder-above", STR("x"));
    ck_assert_int_eq(
        file_replace(folder_file(&folder, "is-a-folder-above/file"), STR("x"), FILE_FOR_ALL, &err),
        ERR_SYSTEM);
}

START_TEST(listings_are_recursive_sorted_and_skip_hidden_files)
{
    struct arena arena = {0};
    struct str *paths = NULL;
    size_t count = 0;

    ck_assert_int_eq(file_make_parent_folders(folder_file(&folder, "b/deep/z.txt"), &err), 0);
    ck_assert_int_eq(file_make_parent_folders(folder_file(&folder, "b/deep/z.txt"), &err), 0);
    folder_write(&folder, "c.txt", STR("c"));
    folder_write(&folder, "b/deep/z.txt", STR("z"));
    folder_write(&folder, "a.txt", STR("a"));
    folder_write(&folder, "a.json", STR("{}"));
    folder_write(&folder, ".hidden.txt", STR("h"));
    ck_assert_int_eq(file_list(folder.path, STR(".txt"), &arena, &paths, &count, &err), 0);
    ck_assert_uint_eq(count, 3);
    ck_assert(str_ends(paths[0], STR("/a.txt")));
    ck_assert(str_ends(paths[1], STR("/b/deep/z.txt")));
    ck_assert(str_ends(paths[2], STR("/c.txt")));
    arena_release(&arena);
}

START_TEST(lines_of_any_length_are_read_without_their_ends)
{
    struct buf line;
    FILE *file = NULL;
    struct buf text;

    buf_init(&text, 1U << 20);
    for (int i = 0; i < 9000; i++) {
        buf_append_char(&text, 'x');
    }
    buf_append(&text, STR("\r\n\nlast"));
    folder_write(&folder, "lines", buf_str(&text));
    buf_init(&line, 10000);
    file = fopen(folder_file(&folder, "lines"), "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(file_read_line(file, &line, &err), 1);
    ck_assert_uint_eq(line.len, 9000);
    ck_assert_int_eq(file_read_line(file, &line, &err), 1);
    ck_assert_uint_eq(line.len, 0);
    ck_assert_int_eq(file_read_line(file, &line, &err), 1);
    ck_assert(str_equal(buf_str(&line), STR("last")));
    ck_assert_int_eq(file_read_line(file, &line, &err), 0);
    (void)fclose(file);
    buf_release(&line);
    buf_release(&text);
}

static void set_variable(const char *name, const char *value)
{
    /* Tests run one after another, each in its own process. */
    if (value != NULL) {
        (void)setenv(name, value, 1); // NOLINT(concurrency-mt-unsafe)
    } else {
        (void)unsetenv(name); // NOLINT(concurrency-mt-unsafe)
    }
}

static void expect_config_path(const char *config, const char *home, const char *wanted)
{
    struct buf path;

    set_variable("XDG_CONFIG_HOME", config);
    set_variable("HOME", home);
    buf_init(&path, 4096);
    ck_assert_int_eq(file_config_path("models.json", &path), wanted != NULL);
    ck_assert(wanted == NULL || str_equal(buf_str(&path), str_from(wanted)));
    buf_release(&path);
}

START_TEST(the_users_files_are_where_the_xdg_specification_says)
{
    expect_config_path("/etc/mine", "/home/me", "/etc/mine/haymaker/models.json");
    expect_config_path("relative", "/home/me", "/home/me/.config/haymaker/models.json");
    expect_config_path("", "/home/me", "/home/me/.config/haymaker/models.json");
    expect_config_path(NULL, "/home/me", "/home/me/.config/haymaker/models.json");
    expect_config_path(NULL, NULL, NULL);
}

START_TEST(what_is_no_regular_file_is_written_to_and_stays)
{
    char target[512];
    char text[8] = "";
    const char *path = NULL;
    struct stat info;
    int pipe_end = -1;

    (void)snprintf(target, sizeof target, "%s/target", folder.path);
    path = folder_file(&folder, "link");
    ck_assert_int_eq(symlink(target, path), 0);
    folder_write(&folder, "target", STR("old and longer"));
    path = folder_file(&folder, "link");
    ck_assert(!file_is_replaceable(path));
    ck_assert_int_eq(file_replace(path, STR("new"), FILE_FOR_ALL, &err), 0);
    ck_assert(lstat(path, &info) == 0 && S_ISLNK(info.st_mode));
    ck_assert(stat(path, &info) == 0 && info.st_size == 3);

    path = folder_file(&folder, "pipe");
    ck_assert(file_is_replaceable(path)); /* nothing is there */
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    pipe_end = open(path, O_RDONLY | O_NONBLOCK);
    ck_assert_int_eq(file_replace(path, STR("new"), FILE_FOR_ALL, &err), 0);
    ck_assert(lstat(path, &info) == 0 && S_ISFIFO(info.st_mode));
    ck_assert_int_eq(read(pipe_end, text, sizeof text), 3);
    ck_assert_int_eq(close(pipe_end), 0);
}

/* Only root can give a link away; nobody else can be tricked by one either where links are
 * protected. */
START_TEST(a_link_of_somebody_else_is_not_followed)
{
    enum { SOMEBODY = 12345 };
    char target[512];
    struct stat info;

    if (geteuid() != 0) {
        return;
    }
    folder_write(&folder, "target", STR("precious"));
    (void)snprintf(target, sizeof target, "%s/target", folder.path);
    ck_assert_int_eq(symlink(target, folder_file(&folder, "link")), 0);
    ck_assert_int_eq(lchown(folder.file, SOMEBODY, SOMEBODY), 0);
    ck_assert_int_eq(file_replace(folder.file, STR("new"), FILE_FOR_OWNER, &err), ERR_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "belongs to somebody else"));
    ck_assert(stat(target, &info) == 0 && info.st_size == 8);
}

START_TEST(what_stands_where_the_temporary_goes_is_not_written_through)
{
    char target[512];
    char temporary[64];
    struct stat info;

    folder_write(&folder, "target", STR("precious"));
    (void)snprintf(target, sizeof target, "%s/target", folder.path);
    (void)snprintf(temporary, sizeof temporary, "result.tmp-%ld", (long)getpid());
    ck_assert_int_eq(symlink(target, folder_file(&folder, temporary)), 0);
    ck_assert_int_eq(file_replace(folder_file(&folder, "result"), STR("new"), FILE_FOR_OWNER, &err),
                     0);
    ck_assert(stat(target, &info) == 0 && info.st_size == 8);
    ck_assert(lstat(folder_file(&folder, "result"), &info) == 0 && S_ISREG(info.st_mode));
}

/* A file `name` of an age, and whether it is still there after result was replaced. */
static bool survives(const char *name, int64_t age_s)
{
    struct timespec times[2] = {{.tv_sec = time(NULL) - age_s}, {.tv_sec = time(NULL) - age_s}};

    folder_write(&folder, name, STR("left"));
    ck_assert_int_eq(utimensat(AT_FDCWD, folder_file(&folder, name), times, 0), 0);
    ck_assert_int_eq(file_replace(folder_file(&folder, "result"), STR("new"), FILE_FOR_OWNER, &err),
                     0);
    return file_exists(folder_file(&folder, name));
}

START_TEST(what_dead_processes_left_is_removed_and_nothing_else)
{
    enum { DAY_S = 86400 };
    char own[64];

    (void)snprintf(own, sizeof own, "result.tmp-%ld", (long)getppid());
    ck_assert(!survives("result.tmp-999999999", DAY_S)); /* above any process there is */
    ck_assert(survives("result.tmp-999999999", 60));     /* another machine's, perhaps */
    ck_assert(survives(own, DAY_S));                     /* alive */
    ck_assert(survives("result.tmp-", DAY_S));
    ck_assert(survives("result.tmp-12x", DAY_S));
    ck_assert(survives("another.tmp-999999999", DAY_S));
}

static size_t resident_pages(void)
{
    unsigned long all = 0;
    unsigned long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu %lu", &all, &resident), 2); // NOLINT(cert-err34-c)
    (void)fclose(file);
    return resident;
}

START_TEST(a_mapping_at_rest_takes_no_memory_and_has_the_same_bytes)
{
    enum { BYTES = 8 << 20, PAGE_BYTES = 4096 };
    struct buf text;
    struct file_map map;
    size_t before = 0;

    buf_init(&text, BYTES + 1);
    ck_assert_ptr_nonnull(buf_reserve(&text, BYTES));
    for (size_t i = 0; i < BYTES / sizeof i; i++) {
        buf_append(&text, (struct str){(const char *)&i, sizeof i});
    }
    folder_write(&folder, "mapped", buf_str(&text));
    ck_assert_int_eq(file_map_open(&map, folder_file(&folder, "mapped"), &err), 0);
    ck_assert(str_equal(map.bytes, buf_str(&text)));
    before = resident_pages();
    file_map_rest(&map);
    ck_assert_uint_le(resident_pages() + BYTES / PAGE_BYTES * 3 / 4, before);
    ck_assert(str_equal(map.bytes, buf_str(&text)));
    file_map_release(&map);
    file_map_rest(&map);
    buf_release(&text);
}

int main(void)
{
    Suite *suite = suite_create("base.file");
    TCase *tests = suite_case(suite, "file");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_is_no_regular_file_is_written_to_and_stays);
    tcase_add_test(tests, a_link_of_somebody_else_is_not_followed);
    tcase_add_test(tests, what_stands_where_the_temporary_goes_is_not_written_through);
    tcase_add_test(tests, what_dead_processes_left_is_removed_and_nothing_else);
    tcase_add_test(tests, a_file_is_read_whole);
    tcase_add_test(tests, a_file_beyond_the_buffer_is_refused_by_name);
    tcase_add_test(tests, a_missing_file_is_named_with_the_reason);
    tcase_add_test(tests, a_replaced_file_is_private_when_asked_and_leaves_nothing_beside);
    tcase_add_test(tests, a_replacement_that_fails_keeps_the_old_file);
    tcase_add_test(tests, listings_are_recursive_sorted_and_skip_hidden_files);
    tcase_add_test(tests, the_users_files_are_where_the_xdg_specification_says);
    tcase_add_test(tests, a_mapping_at_rest_takes_no_memory_and_has_the_same_bytes);
    tcase_add_test(tests, lines_of_any_length_are_read_without_their_ends);
    return suite_run(suite);
}
