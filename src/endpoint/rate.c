#include "endpoint/rate.h"

#include "endpoint/wire_time.h"

/* Where one vendor writes one limit; NULL: nowhere. */
struct names {
    const char *limit;
    const char *remaining;
    const char *reset;
};

static const struct names request_names[] = {
    {"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
    {"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining",
     "anthropic-ratelimit-requests-reset"},
};

/* Anthropic's sum of both kinds comes first; its input limit is the one that a long prompt meets,
 * and overrides it. */
static const struct names token_names[] = {
    {"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
    {"anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining",
     "anthropic-ratelimit-tokens-reset"},
    {"anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining",
     "anthropic-ratelimit-input-tokens-reset"},
};

static const struct names output_names[] = {
    {"anthropic-ratelimit-output-tokens-limit", "anthropic-ratelimit-output-tokens-remaining",
     "anthropic-ratelimit-output-tokens-reset"},
};

static struct str header(const struct rate_source *source, const char *name)
{
    return str_trim(source->header(source->context, name));
}

static void read_count(struct str text, int64_t *out)
{
    uint64_t count = 0;

    if (str_to_u64(text, &count) && count <= INT64_MAX) {
        *out = (int64_t)count;
    }
}

static struct rate_limit read_limit(const struct rate_source *source, const struct names *names,
                                    size_t count)
{
    struct rate_limit out = {-1, -1, -1.0};

    for (size_t i = 0; i < count; i++) {
        struct str reset = header(source, names[i].reset);
        double reset_s = wire_time_until_s(reset, source->wall_s);

        read_count(header(source, names[i].limit), &out.limit);
        read_count(header(source, names[i].remaining), &out.remaining);
        if (reset_s < 0.0) {
            reset_s = wire_duration_s(reset);
        }
        out.reset_s = reset_s < 0.0 ? out.reset_s : reset_s;
    }
    return out;
}

struct rate_report rate_read(const struct rate_source *source)
{
    return (struct rate_report){
        .http_status = source->http_status,
        .requests =
            read_limit(source, request_names, sizeof request_names / sizeof request_names[0]),
        .tokens = read_limit(source, token_names, sizeof token_names / sizeof token_names[0]),
        .output_tokens =
            read_limit(source, output_names, sizeof output_names / sizeof output_names[0]),
    };
}
