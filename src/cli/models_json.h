/* models_json: the catalogue for other programs. */
#ifndef CLI_MODELS_JSON_H
#define CLI_MODELS_JSON_H

#include "base/err.h"
#include "base/str.h"
#include "endpoint/catalogue.h"

#include <stdio.h>

/* One JSON array of the models with their prices of that day (null when none is known). What is not
 * known of a model is null; names are those of models.json. */
int models_json_print(const struct catalogue_model *models, size_t count, struct str day, FILE *out,
                      struct err *err);

#endif
