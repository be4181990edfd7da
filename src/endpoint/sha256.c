#include "endpoint/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

enum { PIECE_BYTES = 64 * 1024 };

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

int sha256_body(struct body_reader *reader, char out[SHA256_HEX + 1], struct err *err)
{
    unsigned char digest[SHA256_BYTES];
    char *piece = malloc(PIECE_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int64_t got = 0;
    int rc = 0;

    body_reader_rewind(reader);
    if (piece == NULL || context == NULL) {
        rc = err_memory(err);
        goto done;
    }
    if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        rc = fail(err);
        goto done;
    }
    while ((got = body_reader_read(reader, piece, PIECE_BYTES, err)) > 0) {
        if (EVP_DigestUpdate(context, piece, (size_t)got) != 1) {
            rc = fail(err);
            goto done;
        }
    }
    if (got < 0) {
        rc = (int)got;
        goto done;
    }
    if (EVP_DigestFinal_ex(context, digest, NULL) != 1) {
        rc = fail(err);
        goto done;
    }
    sha256_hex(digest, out);
done:
    body_reader_rewind(reader);
    EVP_MD_CTX_free(context);
    free(piece);
    return rc;
}
