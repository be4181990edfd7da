#include "sim_client.h"

#include "base/clock.h"

#include <check.h>

struct sim *sim;

void start_with(const struct sim_settings *settings)
{
    struct err err = {0};

    ck_assert_msg(sim_start(&sim, settings, &err) == 0, "%s", err.text);
}

void start(void)
{
    static const struct sim_settings any_port = {0};

    start_with(&any_port);
}

void stop(void)
{
    (void)sim_stop(sim);
    sim = NULL;
}

void response_init(struct response *response)
{
    *response = (struct response){0};
    buf_init(&response->body, RESPONSE_BYTES_MAX);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is libcurl's */
static size_t take(char *bytes, size_t size, size_t count, void *context)
{
    struct response *response = context;

    buf_append(&response->body, (struct str){bytes, size * count});
    return size * count;
}

void prepare(CURL *curl, const char *path, struct str body, struct response *response)
{
    char url[128];

    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", (unsigned)sim_port(sim), path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, response);
    if (body.p != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.p);
    }
}

void finish(CURL *curl, struct response *response)
{
    const char *type = NULL;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response->status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &response->connects);
    (void)snprintf(response->type, sizeof response->type, "%s", type != NULL ? type : "");
}

void exchange(const char *path, struct str body, struct response *response)
{
    CURL *curl = curl_easy_init();
    CURLcode rc = CURLE_OK;

    response_init(response);
    prepare(curl, path, body, response);
    rc = curl_easy_perform(curl);
    ck_assert_msg(rc == CURLE_OK, "%s", curl_easy_strerror(rc));
    finish(curl, response);
    curl_easy_cleanup(curl);
}

void chat(const char *model, const char *more, struct response *response)
{
    char body[2048];

    (void)snprintf(body, sizeof body, "{%s\"model\":\"%s\",\"messages\":[" ASK "]}", more, model);
    exchange("/v1/chat/completions", str_from(body), response);
}

double exchange_together(const char *body, size_t count, struct response *responses)
{
    CURL *handles[256];
    CURLM *multi = curl_multi_init();
    uint64_t begin_ns = clock_ns(clock_system());
    int running = 1;

    ck_assert_uint_le(count, 256);
    for (size_t i = 0; i < count; i++) {
        handles[i] = curl_easy_init();
        response_init(&responses[i]);
        prepare(handles[i], "/v1/chat/completions", str_from(body), &responses[i]);
        curl_multi_add_handle(multi, handles[i]);
    }
    while (running != 0) {
        ck_assert_int_eq(curl_multi_perform(multi, &running), CURLM_OK);
        ck_assert_int_eq(curl_multi_poll(multi, NULL, 0, 100, NULL), CURLM_OK);
    }
    for (size_t i = 0; i < count; i++) {
        finish(handles[i], &responses[i]);
        curl_multi_remove_handle(multi, handles[i]);
        curl_easy_cleanup(handles[i]);
    }
    curl_multi_cleanup(multi);
    return clock_ms_between(begin_ns, clock_ns(clock_system()));
}
