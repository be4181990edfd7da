#include "folder.h"
#include "suite.h"

#include "base/file.h"
#include "token/token.h"

static struct folder folder;
static struct err err;
static struct buf image; /* the real one */

static void set_up(void)
{
    struct buf path;

    err = (struct err){ERR_NONE, ""};
    folder_make(&folder);
    buf_init(&image, 1U << 26);
    buf_init(&path, 4096);
    ck_assert_int_eq(file_data_path("cl100k_base.image", &path, &err), 0);
    ck_assert_int_eq(file_read(path.p, &image, &err), 0);
    buf_release(&path);
    ck_assert_int_eq(setenv("HAYMAKER_DATA", folder.path, 1), 0); // NOLINT(concurrency-mt-unsafe)
}

static void tear_down(void)
{
    buf_release(&image);
    folder_remove(&folder);
}

/* Opens the image as it is now, as cl100k_base's; the error must end in `ending`. */
static void expect_refused(int code, const char *ending)
{
    struct tokenizer *tokenizer = NULL;

    folder_write(&folder, "cl100k_base.image", buf_str(&image));
    ck_assert_int_eq(tokenizer_open(&tokenizer, TOKEN_CL100K_BASE, &err), code);
    ck_assert_ptr_null(tokenizer);
    ck_assert_msg(str_ends(str_from(err.text), str_from(ending)), "%s", err.text);
    ck_assert_msg(str_find(str_from(err.text), str_from(folder.path)) == 0, "%s", err.text);
}

START_TEST(an_image_is_found_by_haymaker_data)
{
    struct tokenizer *tokenizer = NULL;
    uint64_t tokens = 0;

    folder_write(&folder, "cl100k_base.image", buf_str(&image));
    ck_assert_int_eq(tokenizer_open(&tokenizer, TOKEN_CL100K_BASE, &err), 0);
    ck_assert_int_eq(tokenizer_count(tokenizer, STR("hello world"), &tokens, &err), 0);
    ck_assert_uint_eq(tokens, 2);
    tokenizer_free(tokenizer);
}

START_TEST(a_missing_image_is_named)
{
    struct tokenizer *tokenizer = NULL;

    ck_assert_int_eq(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err), ERR_SYSTEM);
    ck_assert_msg(str_contains(str_from(err.text), STR("o200k_base.image: not found")), "%s",
                  err.text);
}

START_TEST(another_kind_of_file_is_refused)
{
    image.p[0] = '#';
    expect_refused(ERR_INPUT, ": not a vocabulary image");
    image.len = 0;
    expect_refused(ERR_INPUT, ": not a vocabulary image");
}

START_TEST(another_encoding_s_image_is_refused)
{
    struct tokenizer *tokenizer = NULL;

    folder_write(&folder, "o200k_base.image", buf_str(&image));
    ck_assert_int_eq(tokenizer_open(&tokenizer, TOKEN_O200K_BASE, &err), ERR_INPUT);
    ck_assert_msg(str_ends(str_from(err.text), STR("an image of cl100k_base, not of o200k_base")),
                  "%s", err.text);
}

START_TEST(an_image_cut_short_is_refused)
{
    image.len -= 1;
    expect_refused(ERR_INPUT, "; rebuild it");
    image.len = 20;
    expect_refused(ERR_INPUT, ": not a vocabulary image");
}

/* The magic, of 8 bytes, has its own message; the 56 after it are covered by the checksum. */
START_TEST(a_change_of_any_byte_of_the_header_is_noticed)
{
    struct tokenizer *tokenizer = NULL;

    image.p[_i] ^= 4;
    folder_write(&folder, "cl100k_base.image", buf_str(&image));
    ck_assert_int_eq(tokenizer_open(&tokenizer, TOKEN_CL100K_BASE, &err), ERR_INPUT);
}

/* Tables full of nonsense give nonsense, but every access stays inside the image. */
START_TEST(damaged_tables_crash_nothing)
{
    struct tokenizer *tokenizer = NULL;
    uint64_t tokens = 0;

    for (size_t i = 64; i < image.len; i++) {
        image.p[i] = (char)(unsigned char)(i * 2654435761U >> 24);
    }
    folder_write(&folder, "cl100k_base.image", buf_str(&image));
    ck_assert_int_eq(tokenizer_open(&tokenizer, TOKEN_CL100K_BASE, &err), 0);
    ck_assert_int_eq(
        tokenizer_count(tokenizer, STR("It was the best of times, extraordinarily"), &tokens, &err),
        0);
    tokenizer_free(tokenizer);
}

int main(void)
{
    Suite *suite = suite_create("token.image");
    TCase *tests = suite_case(suite, "image");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_image_is_found_by_haymaker_data);
    tcase_add_test(tests, a_missing_image_is_named);
    tcase_add_test(tests, another_kind_of_file_is_refused);
    tcase_add_test(tests, another_encoding_s_image_is_refused);
    tcase_add_test(tests, an_image_cut_short_is_refused);
    tcase_add_loop_test(tests, a_change_of_any_byte_of_the_header_is_noticed, 0, 64);
    tcase_add_test(tests, damaged_tables_crash_nothing);
    return suite_run(suite);
}
