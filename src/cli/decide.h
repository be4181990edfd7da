/* decide: the options by which somebody says what a comparison has to decide (requirements, claims)
 * and the comparison, judged.
 */
#ifndef CLI_DECIDE_H
#define CLI_DECIDE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/opt.h"
#include "record/result.h"
#include "report/decision.h"

#include <stdbool.h>

struct decide_settings {
    struct opt_texts require;
    const char *require_file;
    bool claims;
    struct opt_texts claims_as;
    const char *claims_file;
};

/* The rows of these options, for a settings struct with a `struct decide_settings decide`. */
#define DECIDE_OPTIONS(type)                                                                       \
    OPT(OPT_TEXTS, 0, "require", "TEXT",                                                           \
        "a requirement like 'mrcr 8 needles 512k >= 70'; may be given several times", type,        \
        decide.require),                                                                           \
        OPT(OPT_TEXT, 0, "require-file", "FILE", "requirements, one a line", type,                 \
            decide.require_file),                                                                  \
        OPT(OPT_FLAG, 0, "claims", NULL, "hold what vendors publish against what was measured",    \
            type, decide.claims),                                                                  \
        OPT(OPT_TEXTS, 0, "claims-as", "MODEL=NAME",                                               \
            "hold the claims about NAME (as in gpt-5.5) against MODEL; implies --claims", type,    \
            decide.claims_as),                                                                     \
        OPT(OPT_TEXT, 0, "claims-file", "FILE",                                                    \
            "claims of your own, in the form of share/haymaker/claims.json; implies --claims",     \
            type, decide.claims_file)

/* A decision with everything that it borrows. A zeroed one may be released. */
struct decided {
    struct decision decision; /* comparison NULL where there was nothing to compare or demand */
    struct comparison comparison;
    struct claims claims;
    struct requirement *requirements;
    size_t requirement_count;
    struct buf require_text; /* the file's, which requirements are borrowed from */
    struct arena arena;      /* holds findings */
};

bool decide_is_asked(const struct decide_settings *settings); /* for anything by an option */

/* Results, filter and settings are borrowed until decided_release. More models than can be compared
 * are an error only when something was asked for. */
int decide(struct decided *out, const struct decide_settings *settings,
           const struct result *results, size_t result_count, const struct figures_filter *filter,
           struct err *err);
void decided_release(struct decided *decided);

#endif
