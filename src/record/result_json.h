/* result_json: plan, trial and cell as JSON. Shared by the result file and the journal; private to
 * src/record.
 */
#ifndef RECORD_RESULT_JSON_H
#define RECORD_RESULT_JSON_H

#include "record/result.h"

#include <jansson.h>

/* A new object the caller owns, or NULL with *err filled. */
json_t *plan_to_json(const struct result_plan *plan, struct err *err);
json_t *trial_to_json(const struct result_trial *trial, struct err *err);
json_t *endpoint_to_json(const struct result_endpoint *endpoint, struct err *err);
json_t *cell_to_json(const struct result_cell *cell, struct err *err);

/* Texts are copied into `arena`. */
int plan_from_json(const json_t *json, struct arena *arena, struct result_plan *out,
                   struct err *err);
int trial_from_json(const json_t *json, struct arena *arena, struct result_trial *out,
                    struct err *err);
int endpoint_from_json(const json_t *json, struct arena *arena, struct result_endpoint *out,
                       struct err *err);
int cell_from_json(const json_t *json, struct arena *arena, struct result_cell *out,
                   struct err *err);

/* The member "until_decided" (record/stopping_json.c). */
json_t *stopping_to_json(const struct result_stopping *stopping, struct err *err);
int stopping_from_json(const json_t *json, struct arena *arena, struct result_stopping **out,
                       struct err *err);

#endif
