/* Any bytes as a user's catalogue: one line that says what is wrong, or models that can be found
 * again by their names. */
#include "endpoint/catalogue.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct catalogue_source source = {"fuzz.json", {(const char *)data, size}};
    struct catalogue catalogue = {0};
    struct err err = {ERR_NONE, ""};

    if (catalogue_read(&catalogue, &source, 1, &err) == 0) {
        for (size_t i = 0; i < catalogue.model_count; i++) {
            struct catalogue_target target;

            if (catalogue_find(&catalogue, str_from(catalogue.models[i].id), &target, &err) != 0) {
                abort();
            }
            (void)catalogue_price_on(&catalogue.models[i], STR("2026-11-22"));
        }
        catalogue_release(&catalogue);
    } else if (err.text[0] == '\0') {
        abort();
    }
    return 0;
}
