#include "endpoint/protocol.h"

#include <string.h>

static const char *const key_leads[QUIRK_AUTH_COUNT] = {
    [QUIRK_AUTH_PROTOCOL] = "Authorization: Bearer ",
    [QUIRK_AUTH_BEARER] = "Authorization: Bearer ",
    [QUIRK_AUTH_X_API_KEY] = "x-api-key: ",
    [QUIRK_AUTH_API_KEY] = "api-key: ",
    [QUIRK_AUTH_X_GOOG_API_KEY] = "x-goog-api-key: ",
};

int protocol_key_header(const struct endpoint *endpoint, enum quirk_auth auth, struct arena *arena,
                        const char **line, struct err *err)
{
    struct str lead = str_from(key_leads[auth]);
    struct str key = str_from(endpoint->credentials.key);
    char *text = arena_alloc(arena, lead.len + key.len + 1, 1);

    if (text == NULL) {
        return err_memory(err);
    }
    memcpy(text, lead.p, lead.len);
    memcpy(text + lead.len, key.p, key.len);
    *line = text;
    return 0;
}

static bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void protocol_append_segment(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_unreserved(text.p[i])) {
            buf_append_char(out, text.p[i]);
        } else {
            buf_appendf(out, "%%%02X", (unsigned)(unsigned char)text.p[i]);
        }
    }
}

void protocol_append_version(struct buf *out, const struct endpoint *endpoint)
{
    struct str version = str_from(endpoint->api_version);

    if (version.len != 0) {
        buf_append(out, STR("?api-version="));
        protocol_append_segment(out, version);
    }
}
