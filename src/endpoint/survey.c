#include "endpoint/survey.h"

#include <openssl/evp.h>

enum { CHUNK_BYTES = 16 * 1024 };

static int read_all(struct body_reader *reader, EVP_MD_CTX *hash, uint64_t *length, struct err *err)
{
    char chunk[CHUNK_BYTES];
    int64_t got = 0;

    body_reader_rewind(reader);
    while ((got = body_reader_read(reader, chunk, sizeof chunk, err)) > 0) {
        *length += (uint64_t)got;
        if (EVP_DigestUpdate(hash, chunk, (size_t)got) != 1) {
            return err_memory(err);
        }
    }
    body_reader_rewind(reader);
    return (int)got;
}

int survey_body(struct body_reader *reader, struct survey *out, struct err *err)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    int rc = 0;

    *out = (struct survey){0};
    if (hash == NULL || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1) {
        rc = err_memory(err);
    }
    if (rc == 0) {
        rc = read_all(reader, hash, &out->length, err);
    }
    if (rc == 0 && EVP_DigestFinal_ex(hash, digest, &len) != 1) {
        rc = err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < SURVEY_SHA256_HEX / 2; i++) {
        out->sha256[2 * i] = digits[digest[i] >> 4];
        out->sha256[2 * i + 1] = digits[digest[i] & 15U];
    }
    EVP_MD_CTX_free(hash);
    return rc;
}
