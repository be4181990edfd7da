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

/* nohup and a script's & start a program with signals ignored, which is meant to last. */
static void catch_unless_ignored(int signal_number, const struct sigaction *action)
{
    struct sigaction before;

    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
        (void)sigaction(signal_number, action, NULL);
    }
}

const volatile sig_atomic_t *signals_catch(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    (void)sigemptyset(&action.sa_mask);
    catch_unless_ignored(SIGINT, &action);
    catch_unless_ignored(SIGTERM, &action);
    catch_unless_ignored(SIGHUP, &action);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    return &interrupted;
}
