#include "endpoint/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

void sha256_hex(const unsigned char digest[SHA256_BYTES], char out[SHA256_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < SHA256_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 0x0F];
    }
    out[SHA256_HEX] = '\0';
}

static int fail(struct err *err)
{
    return err_set(err, ERR_SYSTEM, "OpenSSL cannot compute SHA-256");
}

int sha256_hmac(struct str key, struct str text, unsigned char out[SHA256_BYTES], struct err *err)
{
    const unsigned char *bytes = (const unsigned char *)text.p;

    return HMAC(EVP_sha256(), key.p, (int)key.len, bytes, text.len, out, NULL) != NULL ? 0
                                                                                       : fail(err);
}

int sha256_text(struct str text, char out[SHA256_HEX + 1], struct err *err)
{
    unsigned char digest[SHA256_BYTES];

    if (EVP_Digest(text.p, text.len, digest, NULL, EVP_sha256(), NULL) != 1) {
        return fail(err);
    }
    sha256_hex(digest, out);
    return 0;
}
