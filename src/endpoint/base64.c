#include "endpoint/base64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

enum { GROUP = 4, GROUP_BYTES = 3, PADDING_MAX = 2 };

/* OpenSSL skips blanks and takes '=' for a letter of value 0 wherever it stands. */
static bool is_base64(struct str text, size_t *padding)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    *padding = 0;
    while (*padding < PADDING_MAX && *padding < text.len &&
           text.p[text.len - 1 - *padding] == '=') {
        *padding += 1;
    }
    for (size_t i = 0; i < text.len - *padding; i++) {
        if (memchr(letters, text.p[i], sizeof letters - 1) == NULL) {
            return false;
        }
    }
    return text.len % GROUP == 0 && text.len <= INT_MAX;
}

int base64_decode(struct str text, struct buf *out, struct err *err)
{
    size_t padding = 0;
    char *to = NULL;
    int len = 0;

    if (!is_base64(text, &padding)) {
        return err_set(err, ERR_INPUT, "not base64");
    }
    if (text.len == 0) {
        return 0;
    }
    to = buf_reserve(out, text.len / GROUP * GROUP_BYTES);
    if (to == NULL) {
        return buf_check(out, "the text in base64", err);
    }
    len = EVP_DecodeBlock((unsigned char *)to, (const unsigned char *)text.p, (int)text.len);
    if (len < 0) {
        return err_set(err, ERR_INPUT, "not base64");
    }
    out->len += (size_t)len - padding;
    return 0;
}
