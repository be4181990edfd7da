#include "record/difference.h"

#include "record/json_text.h"
#include "record/result_json.h"

enum { VALUE_CHARACTERS_MAX = 60 };

static void append_value(struct buf *out, const json_t *value)
{
    struct buf text;

    buf_init(&text, SIZE_MAX / 2);
    if (value != NULL) {
        json_text_write(value, JSON_ENCODE_ANY | JSON_SORT_KEYS, &text);
    }
    buf_append(out, str_take(buf_str(&text), VALUE_CHARACTERS_MAX));
    buf_append(out, text.len > VALUE_CHARACTERS_MAX ? STR("…") : STR(""));
    buf_release(&text);
}

/* Takes both references; NULL stands for a failure that *err tells. */
static int compare(json_t *is, json_t *should, struct buf *out, struct err *err)
{
    const char *name = NULL;
    json_t *wanted = NULL;
    int rc = is != NULL && should != NULL ? 0 : (int)err->code;

    json_object_foreach(should, name, wanted)
    {
        const json_t *found = json_object_get(is, name);

        if (json_equal(found, wanted) == 0) {
            buf_appendf(out, "%s is ", name);
            append_value(out, found);
            buf_append(out, STR(", not "));
            append_value(out, wanted);
            break;
        }
    }
    json_decref(is);
    json_decref(should);
    return rc;
}

int difference_of_trials(const struct result_trial *is, const struct result_trial *should,
                         struct buf *out, struct err *err)
{
    return compare(trial_to_json(is, err), trial_to_json(should, err), out, err);
}

int difference_of_cells(const struct result_cell *is, const struct result_cell *should,
                        struct buf *out, struct err *err)
{
    return compare(cell_to_json(is, err), cell_to_json(should, err), out, err);
}
