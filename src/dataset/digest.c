#include "dataset/digest.h"

#include "dataset/byte_scan.h"

#include <openssl/evp.h>

static int digest_scan(struct byte_scan *scan, EVP_MD_CTX *context, struct err *err)
{
    int rc = byte_scan_fill(scan, err);

    while (rc == 0 && scan->rest.len != 0) {
        if (EVP_DigestUpdate(context, scan->rest.p, scan->rest.len) != 1) {
            return err_set(err, ERR_SYSTEM, "SHA-256 failed");
        }
        byte_scan_take(scan, scan->rest.len);
        rc = byte_scan_fill(scan, err);
    }
    return rc;
}

static void to_hex(const unsigned char *bytes, size_t count, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15U];
    }
    out[2 * count] = '\0';
}

int digest_file(const char *path, char out[DIGEST_HEX + 1], struct err *err)
{
    unsigned char bytes[DIGEST_HEX / 2];
    struct byte_scan scan;
    EVP_MD_CTX *context = NULL;
    int rc = byte_scan_open(&scan, path, err);

    if (rc != 0) {
        return rc;
    }
    context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        rc = err_memory(err);
    }
    if (rc == 0) {
        rc = digest_scan(&scan, context, err);
    }
    if (rc == 0 && EVP_DigestFinal_ex(context, bytes, NULL) != 1) {
        rc = err_set(err, ERR_SYSTEM, "SHA-256 failed");
    }
    if (rc == 0) {
        to_hex(bytes, sizeof bytes, out);
    }
    EVP_MD_CTX_free(context);
    byte_scan_close(&scan);
    return rc;
}
