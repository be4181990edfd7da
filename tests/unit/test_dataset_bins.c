#include "dataset/dataset.h"

#include "suite.h"

static const struct dataset *find(const char *format)
{
    const struct dataset *dataset = NULL;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(dataset_find(str_from(format), &dataset, &err), 0);
    return dataset;
}

struct edge {
    uint64_t tokens;
    uint64_t length;
};

/* The card: [4096, 8192] (8192, 16384] … (524288, 1048576]. */
START_TEST(only_the_first_bin_of_openai_mrcr_is_closed_at_its_lower_end)
{
    static const struct edge edges[] = {
        {4095, 0},          {4096, 8192},   {8192, 8192},     {8193, 16384},
        {16384, 16384},     {16385, 32768}, {524288, 524288}, {524289, 1048576},
        {1048576, 1048576}, {1048577, 0},   {0, 0},
    };

    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        ck_assert_uint_eq(find("openai-mrcr")->length(NULL, edges[i].tokens), edges[i].length);
    }
}

START_TEST(bins_of_gdm_mrcr_follow_the_length_that_the_row_states)
{
    static const struct edge edges[] = {
        {1, 8192}, {8192, 8192}, {8193, 16384}, {1048576, 1048576}, {8388608, 8388608}, {0, 0},
    };

    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        struct dataset_row row = {.stated_tokens = edges[i].tokens};

        ck_assert_uint_eq(find("gdm-mrcr")->length(&row, 77), edges[i].length);
    }
}

START_TEST(files_of_the_pinned_revision_are_known_by_their_sha256)
{
    const struct dataset *dataset = find("openai-mrcr");

    ck_assert_str_eq(dataset_known_revision(dataset, dataset->files[0].sha256), dataset->revision);
    ck_assert_str_eq(dataset_known_revision(dataset, "0000"), "");
}

START_TEST(unknown_datasets_are_answered_with_the_known_ones)
{
    const struct dataset *dataset = NULL;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(dataset_find(STR("squad"), &dataset, &err), ERR_USAGE);
    ck_assert_str_eq(err.text,
                     "unknown dataset 'squad'; known: openai-mrcr, gdm-mrcr, graphwalks, ruler");
}

START_TEST(message_lists_are_read_strictly)
{
    static const struct {
        const char *json;
        const char *problem; /* NULL: none */
    } lists[] = {
        {"[{\"role\": \"user\", \"content\": \"a\\u00e9\"}]", NULL},
        {"[{\"content\": \"\", \"role\": \"assistant\"}]", NULL},
        {"[]", NULL},
        {"{}", "not a list"},
        {"\"text\"", "not a list"},
        {"[[{\"role\": \"user\", \"content\": \"\"}]]", "not a list"},
        {"[{\"role\": \"user\"}]", "not a list"},
        {"[{\"content\": \"\"}]", "role ''"},
        {"[{\"role\": \"tool\", \"content\": \"\"}]", "role 'tool'"},
        {"[{\"role\": \"user\", \"content\": [\"\"]}]", "not a list"},
        {"[{\"role\": \"user\", \"content\": null}]", "not a list"},
        {"[{\"role\": \"user\", \"content\": \"\", \"name\": \"x\"}]", "unknown member 'name'"},
        {"[{\"role\": \"user\", \"content\": \"\", \"content\": \"x\"}]", "not a list"},
        {"[{\"role\": \"user\", \"content\": \"x\"}] x", "byte 36"},
        {"[{\"role\": \"user\", \"content\": \"x\"}", "ends too early"},
        {"", "ends too early"},
    };

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct messages messages;
        struct err err = {ERR_NONE, ""};
        int rc = 0;

        messages_init(&messages);
        rc = messages_read_json(&messages, str_from(lists[i].json), &err);
        ck_assert_msg((rc == 0) == (lists[i].problem == NULL), "%s: %s", lists[i].json, err.text);
        if (lists[i].problem != NULL) {
            ck_assert_msg(str_contains(str_from(err.text), str_from(lists[i].problem)), "%s: %s",
                          lists[i].json, err.text);
        }
        messages_release(&messages);
    }
}

int main(void)
{
    Suite *suite = suite_create("dataset_bins");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_test(rules, only_the_first_bin_of_openai_mrcr_is_closed_at_its_lower_end);
    tcase_add_test(rules, bins_of_gdm_mrcr_follow_the_length_that_the_row_states);
    tcase_add_test(rules, files_of_the_pinned_revision_are_known_by_their_sha256);
    tcase_add_test(rules, unknown_datasets_are_answered_with_the_known_ones);
    tcase_add_test(rules, message_lists_are_read_strictly);
    return suite_run(suite);
}
