#include "token/unicode_class.h"

#include "base/str.h"
#include "base/utf8.h"

unsigned unicode_class_at(const unsigned char *p, const unsigned char *end, size_t *len)
{
    uint32_t code = 0;

    *len = utf8_decode((struct str){(const char *)p, (size_t)(end - p)}, &code);
    if (*len == 0) {
        *len = 1;
        return CLASS_OTHER;
    }
    return unicode_class_in_block[unicode_block_of[code / UNICODE_BLOCK]][code % UNICODE_BLOCK];
}
