/* sim_client: a loopback endpoint for the test at hand, and a client that talks to it. */
#ifndef TESTS_SIM_CLIENT_H
#define TESTS_SIM_CLIENT_H

#include "base/buf.h"
#include "base/str.h"
#include "sim/sim.h"

#include <curl/curl.h>

enum { RESPONSE_BYTES_MAX = 16 * 1024 * 1024, BODY_BYTES_MAX = 32 * 1024 * 1024 };

#define GOLD "A tapir said: \"nö\"\nand left; a second one, quite as grey, remained by the river."
#define ASK                                                                                        \
    "{\"role\":\"user\",\"content\":\"examples\"},"                                                \
    "{\"role\":\"user\",\"content\":\"write a poem about tapirs\"},"                               \
    "{\"role\":\"assistant\",\"content\":\"A tapir said: \\\"n\\u00f6\\\"\\nand left; a second "   \
    "one, quite as grey, remained by the river.\"},"                                               \
    "{\"role\":\"user\",\"content\":\"Prepend aB3dE6gH9j to the 1st (1 indexed) poem about "       \
    "tapirs. Do not include any other text in your response.\"}"

extern struct sim *sim;

void start_with(const struct sim_settings *settings);
void start(void);
void stop(void);

/* A response as the client saw it. */
struct response {
    struct buf body;
    long status;
    char type[64];
    long connects; /* new connections made for it */
};

void response_init(struct response *response);

/* A handle set up to post `body` (GET where it is NULL); `body` is borrowed. */
void prepare(CURL *curl, const char *path, struct str body, struct response *response);
void finish(CURL *curl, struct response *response);

/* All of it; the caller releases the response's body. */
void exchange(const char *path, struct str body, struct response *response);

/* Posts the conversation ASK to `model`, with `more` members in front. */
void chat(const char *model, const char *more, struct response *response);

/* Posts `body` so many times, all at once (256 at most); returns how long they took, in ms. */
double exchange_together(const char *body, size_t count, struct response *responses);

#endif
