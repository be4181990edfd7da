#include "cli/signals.h"

#include <string.h>
#include <unistd.h>

/* The only state a signal handler may touch. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    if (interrupted != 0) {
        _exit(128 + signal_number); /* asked twice: the journal is whole at any moment */
    }
    interrupted = 1;
}

const volatile sig_atomic_t *signals_catch(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    return &interrupted;
}
