#include "dataset/parquet_meta.h"

#include "dataset/thrift.h"

enum { COLUMNS_MAX = 10000, CHUNKS_MAX = 1 << 20, CHILDREN_MAX = 10000 };

enum repetition { REQUIRED, OPTIONAL, REPEATED };

/* SchemaElement. */
struct element {
    struct str name;
    int64_t type;
    int64_t repetition;
    int64_t children;
};

/* ColumnMetaData, with what of ColumnChunk matters. */
struct chunk_fields {
    int64_t type;
    int64_t codec;
    int64_t values;
    int64_t compressed;
    int64_t data_offset;
    int64_t dictionary_offset;
    bool has_meta;
    bool is_elsewhere;
    bool is_encrypted;
};

static int damaged(struct err *err)
{
    return err_set(err, ERR_INPUT, "its metadata is damaged");
}

static struct element read_element(struct thrift *thrift)
{
    struct element element = {.type = -1};
    struct thrift_field field = {0};

    while (thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1:
            element.type = thrift_int(thrift, field.type);
            break;
        case 3:
            element.repetition = thrift_int(thrift, field.type);
            break;
        case 4:
            element.name = thrift_text(thrift, field.type);
            break;
        case 5:
            element.children = thrift_int(thrift, field.type);
            break;
        default:
            thrift_skip(thrift, field.type);
            break;
        }
    }
    return element;
}

/* The elements of a schema, depth first. */
struct schema {
    struct element *elements;
    size_t count;
    size_t at;
};

static struct element *take_element(struct schema *schema)
{
    return schema->at < schema->count ? &schema->elements[schema->at++] : NULL;
}

static bool is_sound(const struct element *element)
{
    return element->children >= 0 && element->children <= CHILDREN_MAX &&
           element->repetition >= REQUIRED && element->repetition <= REPEATED &&
           (element->children != 0 || (element->type >= 0 && element->type < PARQUET_TYPE_COUNT));
}

static struct parquet_column *add_column(struct parquet *parquet, struct str name,
                                         const struct element *leaf)
{
    struct parquet_column *column = &parquet->columns[parquet->column_count++];

    *column = (struct parquet_column){.name = name, .type = (enum parquet_type)leaf->type};
    return column;
}

static void add_flat(struct parquet *parquet, const struct element *leaf)
{
    struct parquet_column *column = add_column(parquet, leaf->name, leaf);

    column->is_list = leaf->repetition == REPEATED;
    column->repetition_max = column->is_list ? 1 : 0;
    column->definition_max = leaf->repetition != REQUIRED ? 1 : 0;
    column->item_definition = column->definition_max;
}

/* Adds the leaves below a group whose shape is not one of a list's, as nested ones. */
static bool add_nested(struct parquet *parquet, struct schema *schema, const struct element *group)
{
    size_t open = (size_t)group->children;

    while (open != 0) {
        const struct element *element = take_element(schema);

        if (element == NULL || open > COLUMNS_MAX) {
            return false;
        }
        open += (size_t)element->children;
        open--;
        if (element->children == 0) {
            add_column(parquet, group->name, element)->is_nested = true;
        }
    }
    return true;
}

/* A list is a group around a repeated leaf, or around a repeated group of one leaf. */
static bool add_group(struct parquet *parquet, struct schema *schema, const struct element *group)
{
    const struct element *middle =
        schema->at < schema->count ? &schema->elements[schema->at] : NULL;
    const struct element *leaf = middle;
    struct parquet_column *column = NULL;
    size_t levels = 1;

    if (middle != NULL && middle->children == 1 && schema->at + 1 < schema->count) {
        leaf = &schema->elements[schema->at + 1];
        levels = 2;
    }
    if (leaf == NULL || group->children != 1 || group->repetition == REPEATED ||
        middle->repetition != REPEATED || leaf->children != 0 ||
        (levels == 2 && leaf->repetition == REPEATED)) {
        return add_nested(parquet, schema, group);
    }
    schema->at += levels;
    column = add_column(parquet, group->name, leaf);
    column->is_list = true;
    column->repetition_max = 1;
    column->item_definition = group->repetition == OPTIONAL ? 2 : 1;
    column->definition_max =
        column->item_definition + (levels == 2 && leaf->repetition == OPTIONAL ? 1 : 0);
    return true;
}

static int make_columns(struct parquet *parquet, struct schema *schema, struct err *err)
{
    const struct element *root = take_element(schema);

    parquet->columns = arena_alloc(&parquet->arena, schema->count, sizeof *parquet->columns);
    if (parquet->columns == NULL) {
        return err_memory(err);
    }
    for (int64_t i = 0; i < root->children; i++) {
        const struct element *element = take_element(schema);

        if (element == NULL) {
            return damaged(err);
        }
        if (element->children == 0) {
            add_flat(parquet, element);
        } else if (!add_group(parquet, schema, element)) {
            return damaged(err);
        }
    }
    return schema->at == schema->count ? 0 : damaged(err);
}

static int read_schema(struct parquet *parquet, struct thrift *thrift, int type, struct err *err)
{
    struct schema schema = {.count = thrift_list(thrift, type, THRIFT_STRUCT)};

    if (schema.count == 0 || parquet->columns != NULL) {
        return damaged(err);
    }
    if (schema.count > COLUMNS_MAX) {
        return err_set(err, ERR_INPUT, "more than %d columns", COLUMNS_MAX);
    }
    schema.elements = arena_alloc(&parquet->arena, schema.count, sizeof *schema.elements);
    if (schema.elements == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < schema.count; i++) {
        struct element element = read_element(thrift);

        if (thrift->state != THRIFT_FINE || !is_sound(&element)) {
            return damaged(err);
        }
        element.name = arena_copy(&parquet->arena, element.name);
        if (element.name.p == NULL) {
            return err_memory(err);
        }
        schema.elements[i] = element;
    }
    return make_columns(parquet, &schema, err);
}

static void read_column_meta(struct thrift *thrift, struct chunk_fields *chunk)
{
    struct thrift_field field = {0};

    chunk->has_meta = true;
    while (thrift_next(thrift, &field)) {
        switch (field.id) {
        case 1:
            chunk->type = thrift_int(thrift, field.type);
            break;
        case 4:
            chunk->codec = thrift_int(thrift, field.type);
            break;
        case 5:
            chunk->values = thrift_int(thrift, field.type);
            break;
        case 7:
            chunk->compressed = thrift_int(thrift, field.type);
            break;
        case 9:
            chunk->data_offset = thrift_int(thrift, field.type);
            break;
        case 11:
            chunk->dictionary_offset = thrift_int(thrift, field.type);
            break;
        default:
            thrift_skip(thrift, field.type);
            break;
        }
    }
}

static struct chunk_fields read_chunk_fields(struct thrift *thrift)
{
    struct chunk_fields chunk = {.type = -1, .codec = -1, .data_offset = -1};
    struct thrift_field field = {0};

    while (thrift_next(thrift, &field)) {
        if (field.id == 3 && field.type == THRIFT_STRUCT) {
            read_column_meta(thrift, &chunk);
            continue;
        }
        chunk.is_elsewhere = chunk.is_elsewhere || field.id == 1;
        chunk.is_encrypted = chunk.is_encrypted || field.id == 8;
        thrift_skip(thrift, field.type);
    }
    return chunk;
}

static int read_chunk(const struct parquet *parquet, struct thrift *thrift,
                      const struct parquet_column *column, struct parquet_chunk *out,
                      struct err *err)
{
    struct chunk_fields chunk = read_chunk_fields(thrift);
    uint64_t size = parquet->file.size;
    int64_t offset = chunk.data_offset;

    /* Some writers give 0 for a dictionary that is not there. */
    if (chunk.dictionary_offset > 0 && chunk.dictionary_offset < offset) {
        offset = chunk.dictionary_offset;
    }
    if (chunk.is_encrypted) {
        return err_set(err, ERR_INPUT, "column '%.*s' is encrypted", STR_ARG(column->name));
    }
    if (chunk.is_elsewhere) {
        return err_set(err, ERR_INPUT, "column '%.*s' is in another file", STR_ARG(column->name));
    }
    if (thrift->state != THRIFT_FINE || !chunk.has_meta || chunk.type != (int64_t)column->type ||
        chunk.values < 0 || offset < 4 || chunk.compressed < 0 || (uint64_t)offset > size ||
        (uint64_t)chunk.compressed > size - (uint64_t)offset) {
        return damaged(err);
    }
    *out = (struct parquet_chunk){.offset = (uint64_t)offset,
                                  .end = (uint64_t)offset + (uint64_t)chunk.compressed,
                                  .values = (uint64_t)chunk.values,
                                  .codec = chunk.codec};
    return 0;
}

static int read_chunks(struct parquet *parquet, struct thrift *thrift, int type,
                       struct parquet_group *group, struct err *err)
{
    int rc = 0;

    if (thrift_list(thrift, type, THRIFT_STRUCT) != parquet->column_count ||
        group->chunks != NULL) {
        return damaged(err);
    }
    group->chunks = arena_alloc(&parquet->arena, parquet->column_count, sizeof *group->chunks);
    if (group->chunks == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < parquet->column_count; i++) {
        rc = read_chunk(parquet, thrift, &parquet->columns[i], &group->chunks[i], err);
    }
    return rc;
}

static int read_group(struct parquet *parquet, struct thrift *thrift, struct parquet_group *group,
                      struct err *err)
{
    struct thrift_field field = {0};
    int64_t rows = -1;
    int rc = 0;

    while (rc == 0 && thrift_next(thrift, &field)) {
        if (field.id == 1) {
            rc = read_chunks(parquet, thrift, field.type, group, err);
        } else if (field.id == 3) {
            rows = thrift_int(thrift, field.type);
        } else {
            thrift_skip(thrift, field.type);
        }
    }
    if (rc == 0 && (rows < 0 || group->chunks == NULL || thrift->state != THRIFT_FINE)) {
        rc = damaged(err);
    }
    group->first_row = parquet->rows;
    group->rows = rc == 0 ? (uint64_t)rows : 0;
    parquet->rows += group->rows; /* at most 2^20 times 2^63: checked by the caller */
    return rc;
}

static int read_groups(struct parquet *parquet, struct thrift *thrift, int type, struct err *err)
{
    size_t count = thrift_list(thrift, type, THRIFT_STRUCT);
    int rc = 0;

    if (thrift->state != THRIFT_FINE || parquet->columns == NULL || parquet->groups != NULL) {
        return damaged(err);
    }
    if (parquet->column_count != 0 && count > CHUNKS_MAX / parquet->column_count) {
        return err_set(err, ERR_INPUT, "more than %d column chunks", CHUNKS_MAX);
    }
    parquet->groups = arena_alloc(&parquet->arena, count + 1, sizeof *parquet->groups);
    if (parquet->groups == NULL) {
        return err_memory(err);
    }
    parquet->group_count = count;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = read_group(parquet, thrift, &parquet->groups[i], err);
        if (rc == 0 && parquet->rows > INT64_MAX) {
            rc = damaged(err);
        }
    }
    return rc;
}

int parquet_meta_read(struct parquet *parquet, struct str footer, struct err *err)
{
    struct thrift thrift = {footer, THRIFT_FINE};
    struct thrift_field field = {0};
    int64_t rows = -1;
    int rc = 0;

    while (rc == 0 && thrift_next(&thrift, &field)) {
        switch (field.id) {
        case 2:
            rc = read_schema(parquet, &thrift, field.type, err);
            break;
        case 3:
            rows = thrift_int(&thrift, field.type);
            break;
        case 4:
            rc = read_groups(parquet, &thrift, field.type, err);
            break;
        case 8:
            rc = err_set(err, ERR_INPUT, "it is encrypted");
            break;
        default:
            thrift_skip(&thrift, field.type);
            break;
        }
    }
    if (rc == 0 && (thrift.state != THRIFT_FINE || rows < 0 || parquet->groups == NULL ||
                    (uint64_t)rows != parquet->rows)) {
        rc = damaged(err);
    }
    return rc;
}
