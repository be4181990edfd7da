#include "sim/sim.h"

#include "sim/service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 4096,
    CONNECTION_MEMORY = 128 * 1024, /* libmicrohttpd's, per connection: mostly the read buffer */
    THREAD_STACK = 256 * 1024,
    LISTEN_BACKLOG = 1024
};

struct sim {
    struct service service;
    struct MHD_Daemon *daemon;
    uint16_t port;
    char base_url[64];
};

/* Says why, from errno. */
static int system_failed(struct err *err, const char *what, uint16_t port)
{
    return err_system(err, "cannot %s 127.0.0.1:%u", what, (unsigned)port);
}

/* A socket of our own, for the system's own words when the port is taken. */
static int open_listener(struct sim *sim, uint16_t port, int *out, struct err *err)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t address_len = sizeof address;
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    if (listener < 0) {
        return system_failed(err, "open a socket for", port);
    }
    (void)fcntl(listener, F_SETFD, FD_CLOEXEC);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, address_len) != 0 ||
        listen(listener, LISTEN_BACKLOG) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &address_len) != 0) {
        (void)system_failed(err, "listen on", port);
        (void)close(listener);
        return (int)err->code;
    }
    sim->port = ntohs(address.sin_port);
    *out = listener;
    return 0;
}

static int start_daemon(struct sim *sim, uint16_t port, struct err *err)
{
    int listener = -1;
    int rc = open_listener(sim, port, &listener, err);

    if (rc != 0) {
        return rc;
    }
    (void)snprintf(sim->base_url, sizeof sim->base_url, "http://127.0.0.1:%u/v1",
                   (unsigned)sim->port);
    /* No idle timeout: on loopback a client that is gone has closed its socket. */
    sim->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC, 0, NULL, NULL,
        service_on_request, &sim->service, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_URI_LOG_CALLBACK, service_on_target, &sim->service, MHD_OPTION_NOTIFY_COMPLETED,
        service_on_completed, &sim->service, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)THREAD_STACK, MHD_OPTION_END);
    if (sim->daemon == NULL) {
        (void)close(listener);
        return err_set(err, ERR_SYSTEM, "cannot start the HTTP server on 127.0.0.1:%u",
                       (unsigned)sim->port);
    }
    return 0;
}

int sim_start(struct sim **out, const struct sim_settings *settings, struct err *err)
{
    struct sim *sim = calloc(1, sizeof *sim);
    int rc = 0;

    if (sim == NULL) {
        return err_memory(err);
    }
    rc = service_init(&sim->service, settings, err);
    if (rc != 0) {
        free(sim);
        return rc;
    }
    rc = start_daemon(sim, settings->port, err);
    if (rc != 0) {
        (void)sim_stop(sim);
        return rc;
    }
    *out = sim;
    return 0;
}

uint64_t sim_stop(struct sim *sim)
{
    uint64_t served = 0;

    if (sim == NULL) {
        return 0;
    }
    sleeper_end(&sim->service.sleeper);
    if (sim->daemon != NULL) {
        MHD_stop_daemon(sim->daemon);
    }
    served = sim_requests_served(sim);
    service_release(&sim->service);
    free(sim);
    return served;
}

const char *sim_base_url(const struct sim *sim)
{
    return sim->base_url;
}

uint16_t sim_port(const struct sim *sim)
{
    return sim->port;
}

uint64_t sim_requests_served(const struct sim *sim)
{
    return atomic_load(&sim->service.served);
}
