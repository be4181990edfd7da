#include "token/scan.h"

#include "token/piece_step.h"
#include "token/scan_table.h"

static bool is_supported(void)
{
    return true;
}

static inline size_t scan_pieces(piece_function *piece_end, struct str text, size_t from,
                                 size_t *ends, size_t ends_max)
{
    const unsigned char *start = (const unsigned char *)text.p;
    size_t count = 0;

    while (count < ends_max && from < text.len) {
        from = (size_t)(piece_end(start + from, start + text.len) - start);
        ends[count++] = from;
    }
    return count;
}

static size_t scan_o200k(struct str text, size_t from, size_t *ends, size_t ends_max)
{
    return scan_pieces(piece_end_o200k, text, from, ends, ends_max);
}

static size_t scan_cl100k(struct str text, size_t from, size_t *ends, size_t ends_max)
{
    return scan_pieces(piece_end_cl100k, text, from, ends, ends_max);
}

static const struct scanner scanner_scalar = {"scalar", is_supported, scan_o200k, scan_cl100k};

const struct scanner *const scanners[] = {
#if SCAN_HAS_X86
    &scanner_avx512,
    &scanner_avx2,
#endif
    &scanner_scalar,
};
const size_t scanner_count = sizeof scanners / sizeof scanners[0];

int scanner_choose(const char *name, const struct scanner **out, struct err *err)
{
    struct str wanted = str_from(name);

    for (size_t i = 0; i < scanner_count; i++) {
        bool is_named = str_equal(wanted, str_from(scanners[i]->name));

        if ((is_named || wanted.len == 0) && scanners[i]->is_supported()) {
            *out = scanners[i];
            return 0;
        }
        if (is_named) {
            return err_set(err, ERR_USAGE, "scanner %s: this processor lacks the instructions",
                           name);
        }
    }
    return err_set(err, ERR_USAGE, "no scanner '%.*s'; known: scalar, avx2, avx512",
                   STR_ARG(wanted));
}
