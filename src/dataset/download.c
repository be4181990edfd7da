#include "dataset/download.h"

#include "base/buf.h"
#include "base/file.h"
#include "dataset/digest.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_S = 30, SLOW_BYTES_PER_S = 1000, SLOW_S = 60, REDIRECTS_MAX = 5 };
enum { HTTP_PARTIAL = 206, HTTP_RANGE = 416 };

struct transfer {
    const struct download *download;
    CURL *curl;
    FILE *part;
    uint64_t start;                   /* bytes that an earlier attempt left */
    uint64_t received;                /* bytes of this one */
    char host_sha256[DIGEST_HEX + 1]; /* as the host states it, or "" */
    bool is_disk_full;
};

static bool is_digest(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("0123456789abcdef", text.p[i]) == NULL || text.p[i] == '\0') {
            return false;
        }
    }
    return text.len == DIGEST_HEX;
}

/* The hub names a stored file by its SHA-256 in a header of the redirect to it. */
static size_t take_header(const char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct str_pair parts = str_cut((struct str){bytes, size * count}, ':');
    static const char name[] = "x-linked-etag";
    struct str value = str_trim(parts.tail);

    if (value.len >= 2 && value.p[0] == '"') {
        value = str_take(str_skip(value, 1), value.len - 2);
    }
    if (parts.head.len == sizeof name - 1 &&
        strncasecmp(parts.head.p, name, sizeof name - 1) == 0 && is_digest(value)) {
        memcpy(transfer->host_sha256, value.p, DIGEST_HEX);
    }
    return size * count;
}

static long response_code(CURL *curl)
{
    long code = 0;

    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

/* A host that knows no ranges sends the file from its beginning. */
static bool start_over(struct transfer *transfer)
{
    transfer->start = 0;
    return fseek(transfer->part, 0, SEEK_SET) == 0 && ftruncate(fileno(transfer->part), 0) == 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    long code = response_code(transfer->curl);

    if (code >= 300) {
        return size * count; /* the page of an error, which its code says already */
    }
    if (transfer->received == 0 && transfer->start != 0 && code != HTTP_PARTIAL &&
        !start_over(transfer)) {
        return 0;
    }
    if (fwrite(bytes, 1, size * count, transfer->part) != size * count) {
        transfer->is_disk_full = true;
        return 0;
    }
    transfer->received += size * count;
    return size * count;
}

static bool is_loopback(const char *url)
{
    return str_starts(str_from(url), STR("http://127.0.0.1:")) ||
           str_starts(str_from(url), STR("http://localhost:"));
}

static void set_options(struct transfer *transfer, struct curl_slist *headers)
{
    CURL *curl = transfer->curl;
    const char *protocols = is_loopback(transfer->download->url) ? "http" : "https";
    char range[32];

    (void)curl_easy_setopt(curl, CURLOPT_URL, transfer->download->url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
    (void)curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "haymaker/" HAYMAKER_VERSION);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_PER_S);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
    /* Not CURLOPT_RESUME_FROM, which takes a host that knows no ranges for an error. */
    if (transfer->start != 0) {
        (void)snprintf(range, sizeof range, "%llu-", (unsigned long long)transfer->start);
        (void)curl_easy_setopt(curl, CURLOPT_RANGE, range); /* libcurl copies it */
    }
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
}

static int explain_status(const struct transfer *transfer, long code, struct err *err)
{
    const char *url = transfer->download->url;

    if (code == 401 || code == 403) {
        return err_set(err, ERR_ENDPOINT, "%s: refused (HTTP %ld)%s", url, code,
                       transfer->download->token == NULL ? "; a token in HF_TOKEN may help"
                                                         : " with the token in HF_TOKEN");
    }
    return err_set(err, ERR_ENDPOINT, "%s: HTTP %ld%s", url, code,
                   code == 404 ? ", no such file" : "");
}

static int explain(const struct transfer *transfer, CURLcode code, struct err *err)
{
    const char *url = transfer->download->url;

    if (transfer->is_disk_full) {
        return err_system(err, "%s.part", transfer->download->path);
    }
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
        code == CURLE_COULDNT_CONNECT) {
        return err_set(err, ERR_SYSTEM,
                       "%s: no network, or the host is down (%s); files that are here already can "
                       "be imported without --download",
                       url, curl_easy_strerror(code));
    }
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT) {
        return err_set(err, ERR_USAGE, "%s: only https, or http on this machine", url);
    }
    return err_set(err, ERR_SYSTEM,
                   "%s: broke off after %" PRIu64 " bytes (%s); run it again to go on", url,
                   transfer->start + transfer->received, curl_easy_strerror(code));
}

static int perform(struct transfer *transfer, struct err *err)
{
    struct curl_slist *headers = NULL;
    struct buf line;
    CURLcode code = CURLE_OK;
    int rc = 0;

    buf_init(&line, 4096);
    if (transfer->download->token != NULL) {
        buf_appendf(&line, "Authorization: Bearer %s", transfer->download->token);
        rc = buf_check(&line, "HF_TOKEN", err);
        headers = rc == 0 ? curl_slist_append(NULL, line.p) : NULL;
    }
    if (rc == 0) {
        set_options(transfer, headers);
        code = curl_easy_perform(transfer->curl);
        if (code != CURLE_OK) {
            rc = explain(transfer, code, err);
        } else if (response_code(transfer->curl) >= 300 &&
                   response_code(transfer->curl) != HTTP_RANGE) {
            rc = explain_status(transfer, response_code(transfer->curl), err);
        }
    }
    curl_slist_free_all(headers);
    buf_release(&line);
    return rc;
}

static int fetch(struct transfer *transfer, const char *part, struct err *err)
{
    struct stat status;
    int rc = file_make_parent_folders(part, err);

    if (rc != 0) {
        return rc;
    }
    transfer->part = fopen(part, "ab");
    transfer->curl = curl_easy_init();
    if (transfer->part == NULL || fstat(fileno(transfer->part), &status) != 0) {
        rc = err_system(err, "%s", part);
    } else if (transfer->curl == NULL) {
        rc = err_memory(err);
    } else {
        transfer->start = (uint64_t)status.st_size;
        rc = perform(transfer, err);
    }
    curl_easy_cleanup(transfer->curl);
    if (transfer->part != NULL && fclose(transfer->part) != 0 && rc == 0) {
        rc = err_system(err, "%s", part);
    }
    return rc;
}

/* Gives a complete file its name, if it is the expected one. */
static int give_name(const struct transfer *transfer, const char *part,
                     struct download_outcome *outcome, struct err *err)
{
    const struct download *download = transfer->download;
    const char *expected = download->sha256;
    char found[DIGEST_HEX + 1] = "";
    int rc = 0;

    if (expected == NULL && transfer->host_sha256[0] != '\0') {
        expected = transfer->host_sha256;
    }
    rc = digest_file(part, found, err);
    if (rc == 0 && expected != NULL && strcmp(expected, found) != 0) {
        (void)unlink(part);
        return err_set(err, ERR_INPUT, "%s: SHA-256 is %s, not %s; the file was dropped",
                       download->url, found, expected);
    }
    if (rc == 0 && rename(part, download->path) != 0) {
        rc = err_system(err, "%s", download->path);
    }
    outcome->is_verified = expected != NULL;
    return rc;
}

/* Whether the file is there and as it should be; one without a known digest is taken as it is. */
static bool is_there(const struct download *download)
{
    char found[DIGEST_HEX + 1] = "";
    struct err ignored = {ERR_NONE, ""};

    return file_exists(download->path) &&
           (download->sha256 == NULL || (digest_file(download->path, found, &ignored) == 0 &&
                                         strcmp(found, download->sha256) == 0));
}

int download_file(const struct download *download, struct download_outcome *outcome,
                  struct err *err)
{
    struct transfer transfer = {.download = download};
    struct buf part;
    int rc = 0;

    *outcome = (struct download_outcome){0};
    if (is_there(download)) {
        outcome->was_there = true;
        outcome->is_verified = download->sha256 != NULL;
        return 0;
    }
    buf_init(&part, 4096);
    buf_appendf(&part, "%s.part", download->path);
    rc = buf_check(&part, "path", err);
    if (rc == 0) {
        rc = fetch(&transfer, part.p, err);
    }
    if (rc == 0) {
        rc = give_name(&transfer, part.p, outcome, err);
    }
    outcome->bytes = transfer.received;
    outcome->resumed = transfer.start;
    buf_release(&part);
    return rc;
}
