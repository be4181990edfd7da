#include "dataset/thrift.h"

enum { SKIP_DEPTH_MAX = 16, VARINT_BYTES_MAX = 10 };

static void fail(struct thrift *thrift, enum thrift_state state)
{
    if (thrift->state == THRIFT_FINE) {
        thrift->state = state;
    }
    thrift->rest = (struct str){0};
}

static unsigned char take_byte(struct thrift *thrift)
{
    unsigned char byte = 0;

    if (thrift->rest.len == 0) {
        fail(thrift, THRIFT_SHORT);
        return 0;
    }
    byte = (unsigned char)thrift->rest.p[0];
    thrift->rest = str_skip(thrift->rest, 1);
    return byte;
}

static struct str take_bytes(struct thrift *thrift, uint64_t count)
{
    struct str bytes = thrift->rest;

    if (count > bytes.len) {
        fail(thrift, THRIFT_SHORT);
        return (struct str){0};
    }
    thrift->rest = str_skip(bytes, (size_t)count);
    return str_take(bytes, (size_t)count);
}

static uint64_t take_varint(struct thrift *thrift)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < VARINT_BYTES_MAX; i++) {
        unsigned char byte = take_byte(thrift);

        value |= (uint64_t)(byte & 0x7FU) << (7 * i);
        if ((byte & 0x80U) == 0) {
            return value;
        }
    }
    fail(thrift, THRIFT_BAD);
    return 0;
}

static int64_t take_zigzag(struct thrift *thrift)
{
    uint64_t value = take_varint(thrift);

    return (int64_t)(value >> 1 ^ (0 - (value & 1U)));
}

bool thrift_next(struct thrift *thrift, struct thrift_field *field)
{
    unsigned char head = take_byte(thrift);
    int64_t id = field->id + (head >> 4);

    field->type = head & 0x0F;
    if (thrift->state != THRIFT_FINE || field->type == THRIFT_STOP) {
        return false;
    }
    if (head >> 4 == 0) {
        id = take_zigzag(thrift);
    }
    if (id < 0 || id > INT16_MAX || field->type > THRIFT_STRUCT) {
        fail(thrift, THRIFT_BAD);
        return false;
    }
    field->id = (int32_t)id;
    return thrift->state == THRIFT_FINE;
}

int64_t thrift_int(struct thrift *thrift, int type)
{
    if (type != THRIFT_I16 && type != THRIFT_I32 && type != THRIFT_I64) {
        fail(thrift, THRIFT_BAD);
        return 0;
    }
    return take_zigzag(thrift);
}

bool thrift_bool(struct thrift *thrift, int type)
{
    if (type != THRIFT_TRUE && type != THRIFT_FALSE) {
        fail(thrift, THRIFT_BAD);
    }
    return type == THRIFT_TRUE;
}

struct str thrift_text(struct thrift *thrift, int type)
{
    if (type != THRIFT_BINARY) {
        fail(thrift, THRIFT_BAD);
        return (struct str){0};
    }
    return take_bytes(thrift, take_varint(thrift));
}

/* Head of a list or set. An item takes a byte or more, which bounds the count. */
static size_t take_list_head(struct thrift *thrift, int *item)
{
    unsigned char head = take_byte(thrift);
    uint64_t count = head >> 4;

    *item = head & 0x0F;
    if (count == 15) {
        count = take_varint(thrift);
    }
    if (count > thrift->rest.len) {
        fail(thrift, THRIFT_SHORT);
        return 0;
    }
    return (size_t)count;
}

size_t thrift_list(struct thrift *thrift, int type, int item)
{
    int found = 0;
    size_t count = 0;

    if (type != THRIFT_LIST) {
        fail(thrift, THRIFT_BAD);
        return 0;
    }
    count = take_list_head(thrift, &found);
    if (count != 0 && found != item) {
        fail(thrift, THRIFT_BAD);
        return 0;
    }
    return count;
}

static void skip(struct thrift *thrift, int type, int depth);

static void skip_item(struct thrift *thrift, int type, int depth)
{
    if (type == THRIFT_TRUE || type == THRIFT_FALSE) {
        (void)take_byte(thrift); /* a bool is its type in a struct, but a byte in a list */
    } else {
        skip(thrift, type, depth);
    }
}

static void skip_map(struct thrift *thrift, int depth)
{
    uint64_t count = take_varint(thrift);
    unsigned char types = count != 0 ? take_byte(thrift) : 0;

    for (uint64_t i = 0; i < count && thrift->state == THRIFT_FINE; i++) {
        skip_item(thrift, types >> 4, depth);
        skip_item(thrift, types & 0x0F, depth);
    }
}

static void skip_list(struct thrift *thrift, int depth)
{
    int item = 0;
    size_t count = take_list_head(thrift, &item);

    for (size_t i = 0; i < count && thrift->state == THRIFT_FINE; i++) {
        skip_item(thrift, item, depth);
    }
}

static void skip_struct(struct thrift *thrift, int depth)
{
    struct thrift_field field = {0};

    while (thrift_next(thrift, &field)) {
        skip(thrift, field.type, depth);
    }
}

static void skip(struct thrift *thrift, int type, int depth)
{
    if (depth > SKIP_DEPTH_MAX) {
        fail(thrift, THRIFT_BAD);
        return;
    }
    switch (type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        break;
    case THRIFT_BYTE:
        (void)take_byte(thrift);
        break;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        (void)take_varint(thrift);
        break;
    case THRIFT_DOUBLE:
        (void)take_bytes(thrift, 8);
        break;
    case THRIFT_BINARY:
        (void)take_bytes(thrift, take_varint(thrift));
        break;
    case THRIFT_LIST:
    case THRIFT_SET:
        skip_list(thrift, depth + 1);
        break;
    case THRIFT_MAP:
        skip_map(thrift, depth + 1);
        break;
    case THRIFT_STRUCT:
        skip_struct(thrift, depth + 1);
        break;
    default:
        fail(thrift, THRIFT_BAD);
        break;
    }
}

void thrift_skip(struct thrift *thrift, int type)
{
    skip(thrift, type, 0);
}
