/* environment: the only door to environment variables.
 *
 * A program that runs with more rights than its caller has (set-user-ID, file capabilities) must
 * not let the caller choose its files: there every variable counts as unset. Call it while the
 * program has one thread, and never from a signal handler.
 */
#ifndef BASE_ENVIRONMENT_H
#define BASE_ENVIRONMENT_H

/* The value, borrowed until the environment changes; NULL when it is unset or empty. */
const char *environment_get(const char *variable);

#endif
