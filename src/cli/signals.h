/* signals: the user's wish to stop, as a flag that long work looks at.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>

/* From here on Ctrl-C, SIGTERM and SIGHUP set the flag once and end the process when they come a
 * second time, but for those that the program was started to ignore, as nohup does; SIGPIPE becomes
 * an error of the write. The flag is static. */
const volatile sig_atomic_t *signals_catch(void);

#endif
