/* catalogue_shape: what models.json may hold: the rows that read its providers and models. Private
 * to the catalogue.
 */
#ifndef ENDPOINT_CATALOGUE_SHAPE_H
#define ENDPOINT_CATALOGUE_SHAPE_H

#include "endpoint/catalogue.h"
#include "endpoint/catalogue_fields.h"

enum { CATALOGUE_SCHEMA = 1 };

/* The file itself; providers and models are read one by one. */
struct catalogue_document {
    int64_t schema;
    const char *about;
};

/* A model as the file has it. */
struct catalogue_entry {
    struct catalogue_model model;
    const char *same_as;   /* the id of the model whose fields are taken where none are given */
    int64_t price_percent; /* of the prices, its own or taken: a regional surcharge */
};

/* Whether a key can be sent in such a header; NULL, the protocol's own way, is one. */
bool catalogue_auth_known(const char *key_header);

extern const struct catalogue_shape catalogue_document_shape;
extern const struct catalogue_shape catalogue_provider_shape;
extern const struct catalogue_shape catalogue_entry_shape;

#endif
