#include "cli/points.h"

#include "base/units.h"

enum { DECIMALS = 4, HUNDRED = 1000000 };

int points_parse(struct str text, double *out, struct err *err)
{
    struct str number = text;
    uint64_t value = 0;
    int rc = 0;

    if (str_ends(number, STR("pp"))) {
        number.len -= 2;
    } else if (str_ends(number, STR("%"))) {
        number.len -= 1;
    }
    rc = units_parse_decimal(number, DECIMALS, HUNDRED, &value, err);
    if (rc != 0) {
        return rc;
    }
    if (value == 0) {
        return err_set(err, ERR_USAGE, "a difference of 0 is never found");
    }
    *out = (double)value / HUNDRED;
    return 0;
}
