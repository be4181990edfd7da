/* Any bytes as the value of an option: a number within its bounds, or one line that says what is
 * wrong. What is written back reads as the same number. */
#include "base/buf.h"
#include "base/units.h"
#include "record/budget.h"
#include "record/price.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 256 };

static void check(int rc, const struct err *err)
{
    if (rc > 0 || (rc < 0 && err->text[0] == '\0')) {
        abort();
    }
}

static void parse_length(struct str text)
{
    struct err err = {ERR_NONE, ""};
    uint64_t value = 0;
    uint64_t again = 0;
    struct buf written;
    int rc = units_parse_length(text, &value, &err);

    check(rc, &err);
    if (rc == 0 && value % 1024 == 0) {
        buf_init(&written, TEXT_MAX);
        units_append_length(&written, value);
        if (units_parse_length(buf_str(&written), &again, &err) == 0 && again != value) {
            abort();
        }
        buf_release(&written);
    }
}

static void parse_decimal(struct str text, unsigned decimals)
{
    struct err err = {ERR_NONE, ""};
    uint64_t value = 0;
    uint64_t again = 0;
    struct buf written;
    int rc = units_parse_decimal(text, decimals, INT64_MAX, &value, &err);

    check(rc, &err);
    if (rc == 0) {
        buf_init(&written, TEXT_MAX);
        units_append_decimal(&written, value, decimals);
        if (units_parse_decimal(buf_str(&written), decimals, INT64_MAX, &again, &err) != 0 ||
            again != value) {
            abort();
        }
        buf_release(&written);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {ERR_NONE, ""};
    uint64_t list[UNITS_LIST_MAX];
    size_t count = 0;
    int64_t cap = 0;
    struct price price;
    struct str text = {(const char *)data + 1, size - 1};

    if (size < 1 || size > TEXT_MAX) {
        return 0;
    }
    switch (data[0] % 6) {
    case 0:
        parse_length(text);
        break;
    case 1:
        check(units_parse_lengths(text, list, &count, &err), &err);
        break;
    case 2:
        check(units_parse_numbers(text, list, &count, &err), &err);
        break;
    case 3:
        parse_decimal(text, data[0] / 6U % 19U);
        break;
    case 4:
        check(budget_parse(text, &cap, &err), &err);
        break;
    default:
        check(price_parse(text, &price, &err), &err);
        break;
    }
    return count > UNITS_LIST_MAX ? (abort(), 0) : 0;
}
