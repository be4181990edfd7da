/* Every grader there is. A new one is a file of its own and a line here. */
#include "score/grader.h"

extern const struct grader grader_openai_mrcr;
extern const struct grader grader_gdm_mrcr;
extern const struct grader grader_niah;
extern const struct grader grader_contains;
extern const struct grader grader_abstain;
extern const struct grader grader_set_f1;
extern const struct grader grader_graphwalks;
extern const struct grader grader_graphwalks_corrected;
extern const struct grader grader_ruler_all;
extern const struct grader grader_ruler_part;

const struct grader *const graders[] = {
    &grader_openai_mrcr,
    &grader_gdm_mrcr,
    &grader_niah,
    &grader_contains,
    &grader_abstain,
    &grader_set_f1,
    &grader_graphwalks,
    &grader_graphwalks_corrected,
    &grader_ruler_all,
    &grader_ruler_part,
    NULL,
};
