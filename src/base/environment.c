#include "base/environment.h"

#include <stdlib.h>
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__)
#include <unistd.h>
#endif

/* NULL too where the program has more rights than its caller. */
static const char *trusted(const char *variable)
{
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__)
    return issetugid() != 0 ? NULL : getenv(variable);
#else
    return secure_getenv(variable);
#endif
}

const char *environment_get(const char *variable)
{
    const char *value = trusted(variable);

    return value != NULL && value[0] != '\0' ? value : NULL;
}
