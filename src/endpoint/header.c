#include "endpoint/header.h"

#include <string.h>
#include <strings.h>

/* Those that the program answers for; small letters. */
static const char *const reserved[] = {
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "content-length",
    "content-type",
    "content-encoding",
    "transfer-encoding",
    "accept",
    "accept-encoding",
    "expect",
    "host",
    "connection",
    "upgrade",
    "te",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-content-sha256",
    "proxy-connection",
    "keep-alive",
    "trailer",
};

struct str header_name(const char *line)
{
    return str_cut(str_from(line), ':').head;
}

struct str header_value(const char *line)
{
    return str_trim(str_cut(str_from(line), ':').tail);
}

static bool is_named(struct str name, const char *wanted)
{
    return name.len == strlen(wanted) && strncasecmp(name.p, wanted, name.len) == 0;
}

bool header_is_same(const char *a, const char *b)
{
    struct str first = header_name(a);
    struct str second = header_name(b);

    return first.len == second.len && strncasecmp(first.p, second.p, first.len) == 0;
}

/* RFC 9110's token. */
static bool is_token(struct str name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < name.len; i++) {
        char c = name.p[i];
        bool is_alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (!is_alphanumeric && memchr(others, c, sizeof others - 1) == NULL) {
            return false;
        }
    }
    return name.len != 0;
}

int header_check(const char *line, struct err *err)
{
    struct str name = header_name(line);
    struct str value = header_value(line);

    if (strchr(line, ':') == NULL || !is_token(name)) {
        return err_set(err, ERR_USAGE, "a header is not 'Name: value'");
    }
    for (const char *at = line; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;

        if ((c < ' ' && c != '\t') || c == 0x7F) {
            return err_set(err, ERR_USAGE,
                           "header '%.*s' holds a line end or another control character",
                           STR_ARG(name));
        }
    }
    if (value.len == 0) {
        return err_set(err, ERR_USAGE, "header '%.*s' has no value", STR_ARG(name));
    }
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (is_named(name, reserved[i])) {
            return err_set(err, ERR_USAGE, "header '%.*s' is set by the program itself",
                           STR_ARG(name));
        }
    }
    return 0;
}

bool header_is_secret(const char *line)
{
    static const char *const words[] = {"key", "token", "secret", "auth", "cookie", "password"};
    struct str name = header_name(line);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i]);

        for (size_t at = 0; at + len <= name.len; at++) {
            if (strncasecmp(name.p + at, words[i], len) == 0) {
                return true;
            }
        }
    }
    return false;
}
